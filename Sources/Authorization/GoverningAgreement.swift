import Agreements
import Redaction

/// The agreement that a request is decided under, as it stands until its next step. Shared by all calls under it.
package final class GoverningAgreement: Sendable {
    package let state: AgreementState
    /// The terms, compiled for the dataset asked for; nil where they name no such dataset or do not compile.
    package let policy: AgreementPolicy?

    package init(state: AgreementState, policy: AgreementPolicy?) {
        self.state = state
        self.policy = policy
    }

    /// The same with a narrowed program kept for the next request of the same fields; nil where it is known already, or not this policy's.
    package func remembering(_ program: RedactionProgram) -> GoverningAgreement? {
        policy?.remembering(program).map { GoverningAgreement(state: state, policy: $0) }
    }
}
