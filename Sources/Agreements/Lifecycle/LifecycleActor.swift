import Vocabulary

/// Who acts, as the registry knew them at that moment.
package enum LifecycleActor: Hashable, Sendable {
    case officer(Officer)
    /// The broker itself: activation and expiry, and suspension for security events.
    case system
}

/// An officer with what the registry says of them at the moment of the act.
package struct Officer: Hashable, Sendable {
    package let principal: PrincipalNumber
    package let organisation: OrganisationID
    package let roles: Set<OfficerRole>
    /// The officer's delegations that the register holds, ended ones included.
    package let delegations: [Delegation]

    package init(principal: PrincipalNumber, organisation: OrganisationID, roles: Set<OfficerRole>, delegations: [Delegation] = []) {
        self.principal = principal
        self.organisation = organisation
        self.roles = roles
        self.delegations = delegations
    }

    /// Nil where some delegation covers these terms now; otherwise what the best one lacks.
    func shortfall(for terms: MaterialTerms, at now: Timestamp) -> DelegationShortfall? {
        var worst = DelegationShortfall.missing
        for delegation in delegations {
            guard let shortfall = delegation.shortfall(for: terms, at: now) else { return nil }
            worst = shortfall
        }
        return worst
    }
}
