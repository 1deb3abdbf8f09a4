import AuditTrail
import Storage

/// One act that waits for the sequencer, with the types of its answer hidden in closures.
struct PendingAct: Sendable {
    /// What the body answered, with the way to tell the caller.
    enum Performed: Sendable {
        case record([DraftEntry], settle: @Sendable ([Receipt]) -> Void)
        case refuse(settle: @Sendable () -> Void)
        /// It waited too long for its place: an auditor would not accept its entries.
        case late
    }

    let perform: @Sendable (any StorageTransaction, Moment) throws(StorageFault) -> Performed
    let fail: @Sendable (LedgerFault) -> Void

    init<Value, Refusal>(
        _ body: @escaping @Sendable (any StorageTransaction, Moment) throws(StorageFault) -> ActOutcome<Value, Refusal>,
        answer: @escaping @Sendable (Result<ActAnswer<Value, Refusal>, LedgerFault>) -> Void
    ) {
        perform = { transaction, moment throws(StorageFault) in
            switch try body(transaction, moment) {
            case .record(let drafts, let value): .record(drafts) { receipts in answer(.success(.recorded(value, receipts))) }
            case .refuse(let refusal): .refuse { answer(.success(.refused(refusal))) }
            }
        }
        fail = { fault in answer(.failure(fault)) }
    }
}
