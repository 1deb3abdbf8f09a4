import Redaction

/// The answer to a request. A refusal is an answer, not an accident.
package enum Decision: Sendable {
    /// The program that alone may touch the records, and what the call may use up.
    case permit(RedactionProgram, QuotaCharge)
    case deny(DenialReason)
}
