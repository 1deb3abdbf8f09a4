import AuditTrail

/// The outcome of `explain`, for people and for programs.
struct ExplanationReport: Encodable {
    struct Section: Encodable {
        let title: String
        let lines: [String]
    }

    let index: UInt64
    let kind: String
    let sections: [Section]
    let findings: [AuditReport.Finding]

    init(_ explanation: EntryExplanation) {
        index = explanation.index.value
        kind = explanation.kind.name
        sections = explanation.sections.map { Section(title: $0.title, lines: $0.lines) }
        findings = explanation.findings.map {
            AuditReport.Finding(index: $0.index.value, rule: $0.rule.rawValue, severity: $0.severity.rawValue, explanation: $0.explanation)
        }
    }

    var json: String { JSONText.encode(self) }

    var text: String {
        var lines = ["entry \(index): \(kind)"]
        for section in sections {
            lines.append("")
            lines.append(section.title)
            lines += section.lines.map { "  " + $0 }
        }
        lines.append("")
        if findings.isEmpty {
            lines.append("Every rule that concerns this entry was kept.")
        } else {
            lines += findings.map { "\($0.severity.uppercased()), rule \($0.rule): \($0.explanation)" }
        }
        return lines.joined(separator: "\n")
    }
}
