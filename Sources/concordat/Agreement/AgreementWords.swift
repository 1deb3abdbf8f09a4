import BrokerProtocol
import Cryptography
import Vocabulary

/// Answers about agreements in words.
enum AgreementWords {
    static func state(_ state: Concordat_V1_AgreementState) -> String {
        switch state {
        case .draft: "draft"
        case .submitted: "submitted"
        case .inReview: "in review"
        case .returned: "returned"
        case .approved: "approved"
        case .signed: "signed"
        case .active: "active"
        case .suspended: "suspended"
        case .terminated: "terminated"
        case .expired: "expired"
        case .withdrawn: "withdrawn"
        case .rejected: "rejected"
        default: "unknown"
        }
    }

    static func decision(_ decision: Concordat_V1_StatementDecision) -> String {
        switch decision {
        case .noConcern: "no concern"
        case .concern: "concern"
        case .mustNotProceed: "must not proceed"
        case .approve: "approve"
        case .reject: "reject"
        case .sign: "sign"
        default: "unknown"
        }
    }

    static func change(_ change: Concordat_V1_AgreementChange) -> String {
        var lines = [
            "\(change.agreement) version \(change.version) is \(state(change.state)); ledger entry \(change.ledgerIndex)"
        ]
        lines += change.outstanding.map { "  still needed: " + visible($0) }
        lines += change.findings.map(finding)
        return lines.joined(separator: "\n")
    }

    static func finding(_ finding: Concordat_V1_Finding) -> String {
        let severity = finding.severity == .warning ? "warning" : "error"
        let line = finding.line > 0 ? " (line \(finding.line))" : ""
        // The sentence begins with the place that it is about.
        let place = finding.message.hasPrefix(finding.path) ? "" : visible(finding.path) + " "
        return "  \(severity)\(line): \(place)\(visible(finding.message))"
    }

    /// First and last day. The answer names the first moment after the last day.
    static func period(_ agreement: Concordat_V1_Agreement) -> String {
        guard agreement.end > 0 else { return "not set" }
        let first = Timestamp(microseconds: agreement.start).utcDate
        let last = Timestamp(microseconds: agreement.end - 1).utcDate
        return "from \(first) to \(last), both days included, in UTC"
    }

    /// What was said with steps, one line each.
    static func comments(_ history: Concordat_V1_AgreementHistory) -> [String] {
        history.events.filter { !$0.comment.isEmpty }.map { event in
            "  \(moment(event.at))  \(event.organisation) (principal \(event.principal)), \(event.act), entry \(event.ledgerIndex): \(visible(event.comment))"
        }
    }

    static func agreement(_ agreement: Concordat_V1_Agreement) -> String {
        var lines = [
            "\(agreement.id) version \(agreement.version): \(visible(agreement.title))",
            "  state: \(state(agreement.state))",
            "  \(agreement.provider) provides \(agreement.datasets.joined(separator: ", ")) to \(agreement.recipient)",
            "  purpose: \(visible(agreement.purpose))",
            "  period: \(period(agreement))",
            "  terms digest: \(Hex.encode(agreement.termsDigest))",
        ]
        for act in agreement.acts {
            lines.append(
                "  \(moment(act.at))  \(act.organisation) \(RoleName.words(act.role)) (principal \(act.principal)): \(decision(act.decision)), entry \(act.ledgerIndex)"
            )
        }
        lines += agreement.outstanding.map { "  still needed: " + visible($0) }
        return lines.joined(separator: "\n")
    }
}
