import Agreements

/// The agreement that a request is decided under, with all that the broker knows about it at one moment.
package struct GoverningAgreement: Sendable {
    package let state: AgreementState
    /// The terms, compiled for the dataset asked for; nil where they name no such dataset or do not compile.
    package let policy: AgreementPolicy?
    package let standing: RegistryStanding

    package init(state: AgreementState, policy: AgreementPolicy?, standing: RegistryStanding) {
        self.state = state
        self.policy = policy
        self.standing = standing
    }
}
