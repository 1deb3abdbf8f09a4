import Storage
import Vocabulary

/// A meter with what is used of it, not yet written.
struct ChargedMeter {
    let meter: QuotaMeter
    let used: QuotaAmount
}

extension QuotaMeter {
    /// What the meter is found by: a token's expiry is not part of it.
    var identity: QuotaMeter {
        switch self {
        case .day: self
        case .token(let digest, _): .token(digest, expiry: Timestamp(microseconds: 0))
        }
    }
}
