import AuditTrail
import Foundation

/// The outcome of `verify`, for people and for programs.
struct AuditReport: Encodable {
    struct Finding: Encodable {
        let index: UInt64
        let rule: String
        let severity: String
        let explanation: String
    }

    let verified: Bool
    let status: Int32
    let message: String
    let origin: String?
    let size: UInt64?
    let root: String?
    let witnesses: [String]?
    let entries: [String: UInt64]?
    let findings: [Finding]
    let findingCount: Int

    init(_ audit: LogAudit) {
        let replay = audit.replay
        verified = replay.violationCount == 0
        status = verified ? Verdict.verified.rawValue : Verdict.violated.rawValue
        message = verified ? "every entry is as it was signed, and every rule was kept" : "the bytes are as they were signed, but rules were broken"
        origin = replay.origin
        size = audit.checkpoint.checkpoint.size
        root = audit.checkpoint.checkpoint.root.hex
        witnesses = audit.checkpoint.cosignatures.map(\.witness.description)
        entries = Dictionary(uniqueKeysWithValues: replay.counts.map { ($0.key.name, $0.value) })
        findings = replay.findings.map {
            Finding(index: $0.index.value, rule: $0.rule.rawValue, severity: $0.severity.rawValue, explanation: $0.explanation)
        }
        findingCount = replay.findingCount
    }

    private init(failure: AuditFailure) {
        verified = false
        status = failure.status.rawValue
        message = failure.message
        (origin, size, root, witnesses, entries) = (nil, nil, nil, nil, nil)
        findings = []
        findingCount = 0
    }

    static func failed(_ failure: AuditFailure) -> AuditReport {
        AuditReport(failure: failure)
    }

    var json: String { JSONText.encode(self) }

    var text: String {
        var lines = ["log \(origin ?? ""), \(size ?? 0) entries", "root \(root ?? "")"]
        if let witnesses, !witnesses.isEmpty { lines.append("cosigned by \(witnesses.joined(separator: ", "))") }
        for (kind, count) in (entries ?? [:]).sorted(by: { $0.key < $1.key }) { lines.append("  \(count) \(kind)") }
        for finding in findings {
            lines.append("\(finding.severity.uppercased()) entry \(finding.index), rule \(finding.rule): \(finding.explanation)")
        }
        if findingCount > findings.count { lines.append("and \(findingCount - findings.count) more") }
        lines.append((verified ? "VERIFIED: " : "BROKEN: ") + message)
        return lines.joined(separator: "\n")
    }
}

/// JSON with sorted keys, on one line.
enum JSONText {
    static func encode(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            preconditionFailure("a report holds text and numbers only: \(error)")
        }
    }
}
