import Vocabulary

/// Whether a registered organisation, principal, certificate or delegation may be used. The numbers are stored.
package enum RegistryStatus: UInt8, Hashable, Sendable {
    case active = 1
    case suspended = 2
    /// Final.
    case retired = 3
}

/// An organisation as the registry holds it. The ledger calls it by `number` only.
package struct RegisteredOrganisation: Hashable, Sendable {
    package var number: OrganisationNumber
    package var id: OrganisationID
    package var name: String
    package var status: RegistryStatus
    /// True for the organisation that runs the broker.
    package var isOperator: Bool
    /// The REGISTRY entry that holds its newest state.
    package var entry: LedgerIndex

    package init(
        number: OrganisationNumber, id: OrganisationID, name: String, status: RegistryStatus = .active, isOperator: Bool = false,
        entry: LedgerIndex
    ) {
        self.number = number
        self.id = id
        self.name = name
        self.status = status
        self.isOperator = isOperator
        self.entry = entry
    }
}
