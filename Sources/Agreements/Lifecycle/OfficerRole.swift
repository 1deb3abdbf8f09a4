/// What an officer may do for the own organisation. Roles exist on both sides of an agreement. Numbers are frozen.
package enum OfficerRole: String, TermsCode, Comparable {
    /// Drafts, answers questions, submits.
    case requester
    /// Moves the case on.
    case caseOfficer = "case-officer"
    /// Advises on law.
    case legal
    /// Advises on data protection.
    case dataProtection = "dpo"
    /// Advises on security.
    case security
    /// Decides for the controller.
    case assetOwner = "asset-owner"
    /// Answers for departures from advice.
    case seniorRiskOwner = "siro"
    /// Signs within a delegation.
    case signatory
    /// Suspends at once.
    case onCallSecurity = "oncall"

    package var number: UInt64 {
        switch self {
        case .requester: 1
        case .caseOfficer: 2
        case .legal: 3
        case .dataProtection: 4
        case .security: 5
        case .assetOwner: 6
        case .seniorRiskOwner: 7
        case .signatory: 8
        case .onCallSecurity: 9
        }
    }

    /// Those whose advice every controller needs.
    package static let advisers: [OfficerRole] = [.legal, .dataProtection, .security]

    /// Who withdraws for a party on that side.
    package static func withdrawing(for side: PartyRole?) -> OfficerRole {
        side == .provider ? .assetOwner : .requester
    }

    /// In words, for messages.
    package var title: String {
        switch self {
        case .requester: "requester"
        case .caseOfficer: "case officer"
        case .legal: "legal adviser"
        case .dataProtection: "data protection officer"
        case .security: "security adviser"
        case .assetOwner: "information asset owner"
        case .seniorRiskOwner: "senior information risk owner"
        case .signatory: "signatory"
        case .onCallSecurity: "on-call security officer"
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}
