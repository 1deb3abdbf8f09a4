import Vocabulary

/// One thing that a replay found, with the entry that shows it.
package struct AuditFinding: Error, Hashable, Sendable {
    package enum Severity: String, Hashable, Sendable {
        /// A promise was broken, or the entry cannot be true.
        case violation
        /// Worth a question.
        case warning
    }

    package let index: LedgerIndex
    package let rule: AuditRule
    package let severity: Severity
    /// In plain words; names codes and numbers of the registry, and no person.
    package let explanation: String

    init(_ index: LedgerIndex, _ rule: AuditRule, _ explanation: String, severity: Severity = .violation) {
        self.index = index
        self.rule = rule
        self.severity = severity
        self.explanation = explanation
    }
}

extension AuditFinding: CustomStringConvertible {
    package var description: String { "entry \(index), rule \(rule.rawValue): \(explanation)" }
}

/// A rule that an entry broke, before it is known where the entry stands.
struct Breach: Error {
    let rule: AuditRule
    let explanation: String

    init(_ rule: AuditRule, _ explanation: String) {
        self.rule = rule
        self.explanation = explanation
    }
}

/// Throws unless the condition holds.
func require(_ condition: Bool, _ rule: AuditRule, _ explanation: @autoclosure () -> String) throws(Breach) {
    guard condition else { throw Breach(rule, explanation()) }
}
