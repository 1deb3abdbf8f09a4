/// Everything that can be read at one moment. Confined to the thread and the call that handed it out: never keep it.
package protocol StorageReading: AnyObject, RegistryReading, CatalogueReading, AgreementReading, TokenReading, ExchangeReading, LedgerReading {}

/// One transaction of the only writer. Confined to the thread and the call that handed it out: never keep it.
package protocol StorageTransaction: StorageReading, RegistryStore, CatalogueStore, AgreementStore, TokenStore, ExchangeStore, LedgerStore {
    /// Runs `body` under a savepoint: what it wrote stays where it answers `.keep`, and is undone where it answers `.undo` or throws.
    /// Not to be nested. Epoch changes that were undone are not reported. May throw `.serialization`, which ends the transaction: the caller
    /// lets it pass, and its body is run again.
    func tentatively<Value>(_ body: () throws(StorageFault) -> Tentative<Value>) throws(StorageFault) -> Value

    /// What this transaction did to epochs since the last call of this verb, without what was undone.
    func takeEpochChanges() -> EpochChanges
}

/// What becomes of the writes of a body that ran under a savepoint.
package enum Tentative<Value> {
    case keep(Value)
    case undo(Value)
}

/// The one place that writes.
package protocol StorageWriter: Sendable {
    /// Runs `body` in one transaction on the calling thread and commits with one sync to stable storage. `body` may be run again after a
    /// serialisation failure, so it must have no effect but through its transaction. On return the changes are durable; on a throw they are
    /// undone, unless the fault is `.io`, `.full` or `.corrupt`: then only recovery from disk can tell, and every later call throws `.stopped`.
    func transaction<Value>(_ body: (any StorageTransaction) throws(StorageFault) -> Value) throws(StorageFault) -> Value
}

/// A read-only connection with a thread of its own, so that an event loop can await it.
package protocol StorageReader: Sendable {
    /// Runs `body` on the reader's thread against one consistent state, together with the other reads that were waiting.
    /// `.limit` where too many wait already.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any StorageReading) throws(StorageFault) -> Value
    ) async throws(StorageFault) -> Value
}
