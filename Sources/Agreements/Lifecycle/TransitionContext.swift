import Vocabulary

/// What the lifecycle has to be told of the world outside the agreement.
package struct TransitionContext: Hashable, Sendable {
    /// The ledger's origin, which statements must name.
    package let origin: String
    package let reason: ReasonCode
    /// The feasibility check against the live schemas; asked for at submission only.
    package let dryRun: DryRun
    /// Whether every recipient has a service with an enrolled certificate; asked for at activation only.
    package let recipientsEnrolled: Bool

    package init(origin: String, reason: ReasonCode, dryRun: DryRun = .notRun, recipientsEnrolled: Bool = false) {
        self.origin = origin
        self.reason = reason
        self.dryRun = dryRun
        self.recipientsEnrolled = recipientsEnrolled
    }
}

/// What the feasibility check found.
package enum DryRun: Hashable, Sendable {
    case notRun
    case passed
    case failed([TermsProblem])
}
