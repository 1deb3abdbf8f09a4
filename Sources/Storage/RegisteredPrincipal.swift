import Vocabulary

/// The numbers are the ledger's (`Registry.Principal.Kind`) and are stored.
package enum PrincipalKind: UInt8, Hashable, Sendable {
    case service = 1
    case officer = 2
    case auditor = 3
    case administrator = 4
}

/// A service or a person as the registry holds it. `id` and `name` stay outside the ledger, except a service's `id`.
package struct RegisteredPrincipal: Hashable, Sendable {
    package var number: PrincipalNumber
    package var id: ClientID
    package var name: String
    package var kind: PrincipalKind
    package var organisation: OrganisationNumber
    /// Role codes as the ledger writes them, ascending, each once.
    package var roles: [String]
    package var status: RegistryStatus
    /// The REGISTRY entry that holds its newest state.
    package var entry: LedgerIndex

    package init(
        number: PrincipalNumber, id: ClientID, name: String, kind: PrincipalKind, organisation: OrganisationNumber, roles: [String] = [],
        status: RegistryStatus = .active, entry: LedgerIndex
    ) {
        self.number = number
        self.id = id
        self.name = name
        self.kind = kind
        self.organisation = organisation
        self.roles = roles
        self.status = status
        self.entry = entry
    }
}
