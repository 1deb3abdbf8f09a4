import Agreements
import Cryptography
import Redaction
import Vocabulary

/// One entry in plain words, followed back to what allowed it. Made while the replay stands right after the entry, so that it tells
/// what was true at that place in the log.
package struct EntryExplanation: Sendable {
    package struct Section: Sendable {
        package let title: String
        package let lines: [String]

        init(_ title: String, _ lines: [String]) {
            self.title = title
            self.lines = lines
        }
    }

    package let index: LedgerIndex
    package let kind: EntryKind
    package let sections: [Section]
    /// What the replay found in this entry; empty where all is well.
    package let findings: [AuditFinding]

    /// `replay` has just consumed `entry`, which stands at the index before its size.
    package init(_ entry: LedgerEntry, in replay: AuditReplay) {
        let index = LedgerIndex(replay.size - 1)
        self.index = index
        kind = entry.kind
        findings = replay.findings.filter { $0.index == index }
        let tracer = EntryTracer(replay: replay, entry: entry)
        switch entry.body {
        case .exchange(let body): sections = tracer.exchange(body)
        case .agreement(let body): sections = tracer.agreement(body)
        case .denial(let body): sections = tracer.denial(body)
        case .token(let body): sections = tracer.token(body)
        case .registry(let body): sections = tracer.registry(body)
        case .key(let body):
            sections = [Section("A key of the broker", ["use: \(body.use)", "act: \(body.act)", "key: \(body.keyID)"])]
        case .heartbeat(let body):
            sections = [Section("A sign of life of the broker", ["act: \(body.act)", "run: \(Hex.encode(body.run))"])]
        case .attempt(let body):
            sections = tracer.attempt(body)
        case .acknowledgement(let body):
            sections = [Section("The partner answers for entry \(body.reference)", ["outcome: \(body.outcome)"])]
        case .erasure(let body):
            sections = [
                Section("Keys of people were destroyed", ["people: \(body.subjects)", "exchanges: \(body.exchanges)", "reason: \(body.reason)"])
            ]
        case .finding(let body):
            sections = [Section("An auditor's finding", ["rule: \(body.rule)", "severity: \(body.severity)"])]
        case .oversight(let body): sections = [Section("The oversight body lifts an embargo on entry \(body.reference)", [])]
        case .succession(let body):
            sections = [Section("One log follows another", ["next: \(body.nextOrigin)", "previous: \(body.previousOrigin)"])]
        }
    }
}
