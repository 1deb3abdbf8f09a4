import Vocabulary

/// What a signatory may sign for the organisation, and until when.
package struct RegisteredDelegation: Hashable, Sendable {
    /// Number in the register of delegations, from 1.
    package var number: UInt32
    package var principal: PrincipalNumber
    package var from: Timestamp
    /// Exclusive.
    package var until: Timestamp
    package var maxSensitivity: UInt32
    package var maxRowsPerDay: UInt64
    package var maxValuePence: UInt64
    package var thirdParties: Bool
    package var status: RegistryStatus
    package var entry: LedgerIndex

    package init(
        number: UInt32, principal: PrincipalNumber, from: Timestamp, until: Timestamp, maxSensitivity: UInt32, maxRowsPerDay: UInt64,
        maxValuePence: UInt64, thirdParties: Bool, status: RegistryStatus = .active, entry: LedgerIndex
    ) {
        self.number = number
        self.principal = principal
        self.from = from
        self.until = until
        self.maxSensitivity = maxSensitivity
        self.maxRowsPerDay = maxRowsPerDay
        self.maxValuePence = maxValuePence
        self.thirdParties = thirdParties
        self.status = status
        self.entry = entry
    }
}
