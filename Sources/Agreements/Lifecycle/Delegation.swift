import Vocabulary

/// What a signatory may sign for the organisation, and when: one line of the delegation register.
package struct Delegation: Hashable, Sendable {
    package let from: Timestamp
    /// Exclusive.
    package let until: Timestamp
    /// The most sensitive agreement that may be signed.
    package let maxLabel: PrivacyLabel
    /// The most rows a UTC day that a signed agreement may allow.
    package let maxRowsPerDay: UInt64
    /// The highest yearly charge that may be signed for.
    package let maxValuePence: UInt64
    /// Whether agreements may be signed under which others than the two sides see data.
    package let thirdParties: Bool

    package init(
        from: Timestamp, until: Timestamp, maxLabel: PrivacyLabel, maxRowsPerDay: UInt64, maxValuePence: UInt64 = 0, thirdParties: Bool
    ) {
        self.from = from
        self.until = until
        self.maxLabel = maxLabel
        self.maxRowsPerDay = maxRowsPerDay
        self.maxValuePence = maxValuePence
        self.thirdParties = thirdParties
    }

    /// Why these terms cannot be signed under this delegation at this moment; nil where they can.
    package func shortfall(for terms: MaterialTerms, at now: Timestamp) -> DelegationShortfall? {
        if now < from { return .notYetValid }
        if now >= until { return .ended }
        if terms.security.privacyLabel > maxLabel { return .sensitivity }
        if terms.limits.rowsPerDay > maxRowsPerDay { return .volume }
        if (terms.duties.yearlyChargePence ?? 0) > maxValuePence { return .value }
        if terms.involvesThirdParty && !thirdParties { return .thirdParty }
        return nil
    }
}

/// Where a delegation falls short.
package enum DelegationShortfall: String, Hashable, CaseIterable, Sendable {
    case missing
    case notYetValid
    case ended
    case sensitivity
    case volume
    case value
    case thirdParty

    var sentence: String {
        switch self {
        case .missing: "There is no delegation for this person"
        case .notYetValid: "The delegation does not hold yet"
        case .ended: "The delegation has ended"
        case .sensitivity: "The data is more sensitive than the delegation covers"
        case .volume: "The agreement allows more rows a day than the delegation covers"
        case .value: "The yearly charge is higher than the delegation covers"
        case .thirdParty: "The agreement lets a third party see data, which the delegation does not cover"
        }
    }
}
