import ArgumentParser
import Cryptography
import Foundation
import Ledger
import Storage
import Vocabulary

/// What an operator needs when something has gone wrong.
struct IncidentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incident", abstract: "Find out what an incident touches.", subcommands: [IncidentScopeCommand.self])
}

struct IncidentScopeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scope",
        abstract: "Count the exchanges, recipients, fields, records and people that an incident touches.",
        discussion: """
            concordat incident scope --certificate stolen.pem --window 2026-11-20..2026-11-26 --aware 2026-11-26T09:00:00Z

            Reads the home directly, while the broker runs and when it does not, and changes nothing. What is counted are EXCHANGE entries for which
            everything that you name holds; name at least one of certificate, agreement, client and window. People are counted by marks that lead
            back to nobody, from what is kept beside the entries for the retention period, with the key in keys/openings: a backup has it not, and there
            all but the people is counted.

            Every entry that is read is hashed, and compared with the hash tiles of the ledger up to the root that was signed for; without keys/ledger, up
            to the root that the home says. Where the ledger does not hold what was signed for, what it holds is counted, the fault is said, and the exit
            code is 1. An entry in between that is missing or cannot be read ends the count, with its number and exit code 1. That what was released was
            allowed is for concordat-audit to check, and so are entries before the window.

            A personal data breach is reported to the ICO within 72 hours of becoming aware of it (UK GDPR, Article 33): --aware gives that time.
            """)
    @Option(help: "PEM file of the certificate that was used, or its SHA-256 in 64 hexadecimal digits.") var certificate: String?
    @Option(help: "Name of the agreement, such as ISA-2026-0001.") var agreement: String?
    @Option(help: "Name of the service that asked.") var client: String?
    @Option(help: "FROM..TO, each a day, a moment such as 2026-11-26T09:00:00Z, or nothing for no bound. A last day counts whole.") var window: String?
    @Option(help: "When you became aware of it: a moment such as 2026-11-26T09:00:00Z.") var aware: String?
    @OptionGroup var home: HomeOptions
    @Flag(help: "Print the answer as JSON.") var json = false

    func run() throws {
        guard certificate != nil || agreement != nil || client != nil || window != nil else {
            throw CommandFault.usage("say what the incident is about: --certificate, --agreement, --client or --window")
        }
        let deadline = try aware.map { text throws(CommandFault) in
            guard let moment = Timestamp(text) else { throw CommandFault.usage("--aware must be a moment such as 2026-11-26T09:00:00Z") }
            return moment.advanced(seconds: 72 * 3_600)
        }
        let offline = try OfflineHome(path: home.path())
        let question = try question(offline)
        let evidence = try evidence(offline)
        let printer = Printer(json: json)
        if evidence == nil {
            printer.remark("people are not counted: \(HomeKeys(offline.home).path(of: .openings)) is not there; put it back from the copy of keys/")
        }
        let (head, fault) = try offline.ledger(printer)
        guard let head else {
            throw CommandFault.refused("\(offline.home.path) has no ledger yet; start the broker once")
        }
        let scope: IncidentScope
        do throws(StorageFault) {
            scope = try IncidentScope(question, evidence: evidence, head: head) { first, count throws(StorageFault) in
                try offline.evidence(from: first, count: count)
            } tile: { place throws(StorageFault) in
                try offline.tile(place)
            }
        } catch {
            throw CommandFault.refused("\(offline.home.path): \(error)")
        }
        let report = try IncidentReport(scope, reportBefore: deadline, names: offline)
        printer.show(object: report.json) { report.text }
        let doubts = [
            fault.map { "exchanges may be missing from what was counted: \($0)" }, scope.fault.map { "what was counted may be wrong: \($0)" },
        ].compactMap { $0 }
        guard doubts.isEmpty else { throw CommandFault.refused("\(offline.home.path): \(doubts.joined(separator: "; "))") }
    }

    private func question(_ offline: OfflineHome) throws -> IncidentQuestion {
        var question = IncidentQuestion()
        question.certificate = try certificate.map { text throws in
            // As openssl prints it, with colons and capitals, or as this program does.
            let digits = text.lowercased().filter { $0 != ":" }
            if digits.utf8.count == 2 * Digest.byteCount, let digest = Hex.decode(digits).flatMap(Digest.init) { return Thumbprint(digest) }
            return Thumbprint(ofCertificate: try certificateDER(at: text))
        }
        if let thumbprint = question.certificate {
            question.organisation = try offline.read { store throws(StorageFault) in
                try store.certificate(thumbprint).flatMap { held throws(StorageFault) in try store.principal(held.principal)?.organisation }
            }
        }
        question.agreement = try agreement.map { text throws in
            guard let id = AgreementID(text), try offline.read({ store throws(StorageFault) in try store.agreement(id) }) != nil else {
                throw CommandFault.usage("--agreement \(visible(text)): this broker has no agreement of that name")
            }
            return id
        }
        question.client = try client.map { text throws in
            guard let id = ClientID(text), let known = try offline.read({ store throws(StorageFault) in try store.principal(id) }) else {
                throw CommandFault.usage("--client \(visible(text)): this broker has no principal of that name")
            }
            question.organisation = known.organisation
            return known.number
        }
        (question.from, question.until) = try IncidentScopeCommand.bounds(window)
        return question
    }

    /// The first moment of a window, and the first moment after it.
    static func bounds(_ window: String?) throws -> (Timestamp?, Timestamp?) {
        guard let window else { return (nil, nil) }
        guard let dots = window.range(of: ".."), window != ".." else {
            throw CommandFault.usage("--window must be FROM..TO, such as 2026-11-20..2026-11-26; leave FROM or TO out for no bound")
        }
        let (first, last) = (String(window[..<dots.lowerBound]), String(window[dots.upperBound...]))
        let from = first.isEmpty ? nil : Timestamp(microseconds: try microseconds(first, option: "FROM of --window"))
        var until = last.isEmpty ? nil : Timestamp(microseconds: try microseconds(last, option: "TO of --window"))
        if CalendarDate(last) != nil { until = until?.advanced(seconds: 86_400) }
        if let from, let until, from >= until { throw CommandFault.usage("--window ends before it begins; write the earlier time first") }
        return (from, until)
    }

    /// Nil where the key is not there, as in a backup.
    private func evidence(_ offline: OfflineHome) throws -> EvidenceKeys? {
        do throws(StorageFault) {
            guard try OpenFile.exists(HomeKeys(offline.home).path(of: .openings)) else { return nil }
            let openings = try HomeKeys(offline.home).load(.openings)
            do throws(CryptographyFault) { return try EvidenceKeys(openings: openings) } catch { throw .file("\(error)") }
        } catch {
            throw CommandFault.usage("people cannot be counted: \(error)")
        }
    }
}
