import ArgumentParser
import BrokerProtocol
import Cryptography

/// Prints what kills tokens, as it happens.
struct RevocationsCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "revocations",
        abstract: "Print the counters that tokens carry and the tokens revoked, then what changes; runs until it is stopped.",
        discussion: "For whoever checks tokens itself: a token with a smaller counter than the newest is dead, and so is one whose jti has a revoked digest.")
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let changes = try await broker.stream(
            "TokenService/StreamRevocations", Concordat_V1_StreamRevocationsRequest(), returning: Concordat_V1_Revocations.self)
        while let change = try await changes.next() {
            try printer.show(change) {
                let counters = change.counters.map { "\(RevocationsCommand.words($0.of)) \($0.value)" }.sorted()
                let tokens = change.tokens.map { "token \(Hex.encode($0.digest)) until \(moment($0.expires))" }.sorted()
                return (counters + tokens).joined(separator: "\n")
            }
        }
    }

    private static func words(_ scope: Concordat_V1_Counter.OneOf_Of?) -> String {
        switch scope {
        case .broker: "broker"
        case .agreement(let id): "agreement \(id)"
        case .organisation(let id): "organisation \(id)"
        case .client(let id): "service \(id)"
        case nil: "unknown"
        }
    }
}
