/// Where an agreement stands. Numbers are frozen; OFFERED, ACCEPTED, SCHEDULED, SUPERSEDED, CLOSING, CLOSED and EMERGENCY_ACTIVE take new ones.
package enum Phase: String, TermsCode {
    case draft
    case submitted
    case inReview = "in-review"
    case returned
    /// Every controller has been advised and has decided yes.
    case approved
    /// Every party has signed.
    case signed
    case active
    case suspended
    case terminated
    case expired
    case withdrawn
    case rejected

    package var number: UInt64 {
        switch self {
        case .draft: 1
        case .submitted: 2
        case .inReview: 3
        case .returned: 4
        case .approved: 5
        case .signed: 6
        case .active: 7
        case .suspended: 8
        case .terminated: 9
        case .expired: 10
        case .withdrawn: 11
        case .rejected: 12
        }
    }
}
