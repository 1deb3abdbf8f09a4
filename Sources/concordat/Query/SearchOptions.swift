import ArgumentParser
import BrokerProtocol
import Foundation

/// What `query` and `stream` have in common: under what is asked, and what for.
struct SearchOptions: ParsableArguments {
    @Option(help: "Access token, or - to read it from standard input, so that no list of processes shows it.") var token: String
    @Option(help: "Agreement, for example ISA-2026-0001; the token names its version.") var agreement: String
    @Option(help: "Dataset.") var dataset: String
    @Option(help: "Purpose code of the terms.") var purpose: String
    @Option(help: "Path of a field wanted; repeat for more; every field of the terms if absent.") var field: [String] = []
    @Option(name: .customLong("where"), help: "Condition FIELD=VALUE; repeat for more, all must hold.") var conditions: [String] = []
    @Option(help: "Your own case; the ledger holds a salted commitment.") var caseReference: String = ""
    @Option(help: "Who at your end asked; committed with the case reference.") var endUser: String = ""

    func validate() throws {
        guard let at = agreement.firstIndex(of: "@") else { return }
        throw ValidationError("--agreement is written without its version here, such as \(agreement[..<at]): the token names the version.")
    }

    /// The token to send. Read once, since it may come from standard input.
    func bearer() throws -> String {
        guard token == "-" else { return token }
        return String(decoding: try contents(of: "-", limit: 1 << 20), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func filter() throws -> Concordat_V1_FilterSearch {
        try .with { filter in
            filter.conditions = try conditions.map { text in
                guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                    throw CommandFault.usage("a condition must be FIELD=VALUE, for example --where brma=LEEDS")
                }
                return .with {
                    $0.field = String(text[..<equals])
                    $0.equals = String(text[text.index(after: equals)...])
                }
            }
        }
    }
}
