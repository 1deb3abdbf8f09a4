import AuditTrail
import Storage
import Vocabulary

/// One act inside the writer's transaction: what it reads, what it changes, and the entries that say so. State and entries commit together.
struct ActScope: ~Copyable {
    let store: any StorageTransaction
    /// Read again inside the transaction, so that nobody acts on a right that was just taken away; nil where the broker itself acts.
    private let identity: Caller?
    /// The sequencing time of the act's entries.
    let now: Timestamp
    /// Epochs with everything that was sequenced before this act.
    let epochs: EpochSnapshot
    /// Index of the act's first entry.
    private let first: LedgerIndex
    private(set) var bodies: [EntryBody] = []

    init(store: any StorageTransaction, caller: Caller?, now: Timestamp, epochs: EpochSnapshot, first: LedgerIndex) {
        self.store = store
        identity = caller
        self.now = now
        self.epochs = epochs
        self.first = first
    }

    /// Whoever acts. A bug where the broker itself does.
    var caller: Caller {
        guard let identity else { preconditionFailure("the broker's own steps have no caller") }
        return identity
    }

    /// The index that the next recorded entry gets.
    var next: LedgerIndex { LedgerIndex(first.value + UInt64(bodies.count)) }

    /// Adds an entry and answers its index.
    @discardableResult
    mutating func record(_ body: EntryBody) -> LedgerIndex {
        let index = next
        bodies.append(body)
        return index
    }

    /// Adds a REGISTRY entry of this caller.
    @discardableResult
    mutating func record(_ act: RegistryEntry.Act, _ subject: RegistryEntry.Subject, reason: String, epoch: UInt64 = 0) -> LedgerIndex {
        record(.registry(RegistryEntry(act: act, actor: caller.principal.number, reason: reason, epoch: epoch, subject: subject)))
    }
}

/// What became of an act: done, or refused with nothing changed.
enum Verdict<Value: Sendable>: Sendable {
    case done(Value)
    case refused(CallFault)
}
