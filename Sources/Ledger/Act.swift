import AuditTrail
import Storage
import Vocabulary

/// Where and when an act takes place: the same for all acts of one transaction but for `first` and what earlier acts did to `epochs`.
package struct Moment: Sendable {
    /// The index that the act's first entry gets.
    package let first: LedgerIndex
    /// The sequencing time of its entries. Never goes back from one entry to the next.
    package let sequenced: Timestamp
    /// Epochs and deny set with everything that was sequenced before this act.
    package let epochs: EpochSnapshot
}

/// What the body of an act answers.
package enum ActOutcome<Value: Sendable, Refusal: Sendable>: Sendable {
    /// What the body wrote stays, in one transaction with these entries, 0 to 256 of them.
    case record([DraftEntry], Value)
    /// What the body wrote is undone; the other acts of the transaction are not.
    case refuse(Refusal)
}

/// What the caller of an act gets, when it is durable and signed for.
package enum ActAnswer<Value: Sendable, Refusal: Sendable>: Sendable {
    /// A receipt for each entry, in order.
    case recorded(Value, [Receipt])
    case refused(Refusal)
}
