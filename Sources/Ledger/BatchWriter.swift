import AuditTrail
import Cryptography
import Storage
import TransparencyLog
import Vocabulary

/// The log as its one writer knows it: takes acts, makes one transaction of them, signs, and answers. Lives on the sequencer's thread.
struct BatchWriter {
    private let store: any StorageWriter
    private let clock: @Sendable () -> Timestamp
    private let limits: LedgerLimits
    private(set) var head: LedgerHead
    private var edge: LogEdge
    private var signer: CheckpointSigner
    /// Everything that is committed.
    private(set) var epochs: EpochSnapshot
    /// The note of `head`.
    private(set) var note: [UInt8]
    /// False while `note` is in memory only.
    private(set) var noteIsStored = false

    init(
        _ store: any StorageWriter, _ recovery: Recovery, _ identity: LogIdentity, epochs: EpochSnapshot, limits: LedgerLimits,
        clock: @escaping @Sendable () -> Timestamp
    ) throws(LedgerFault) {
        self.store = store
        self.clock = clock
        self.limits = limits
        self.epochs = epochs
        head = recovery.head
        edge = recovery.edge
        signer = CheckpointSigner(identity.signer, remembering: recovery.signed)
        note = try signer.sign(size: head.size, root: head.root, consistency: recovery.consistency)
    }

    /// What one act came to inside a transaction that is not committed yet.
    private enum Settlement {
        case recorded(entries: Range<Int>, settle: @Sendable ([Receipt]) -> Void)
        case refused(settle: @Sendable () -> Void)
        case failed(LedgerFault, PendingAct)
    }

    /// What one transaction did.
    private struct Batch {
        var settlements: [Settlement] = []
        var entries: [[UInt8]] = []
        var epochs: EpochSnapshot
        var integration: Integration?
    }

    /// Performs the acts in one transaction, in order. Returns the calls that answer them, to be made when what has changed is published.
    /// A throw means that none of them may be answered as done: `.suspended` that nothing was written and the writer is as before,
    /// everything else that only recovery from disk can tell.
    mutating func commit(_ acts: ArraySlice<PendingAct>) throws(LedgerFault) -> [@Sendable () -> Void] {
        let now = try sequencingTime()
        let batch = try transact(acts, now)
        epochs = batch.epochs
        guard let integration = batch.integration else { return answers(to: batch, nil) }
        let growth = integration.growth
        note = try signer.sign(size: growth.newSize, root: growth.newRoot, consistency: growth.consistencyPath)
        noteIsStored = false
        head = LedgerHead(size: growth.newSize, root: growth.newRoot, sequenced: now)
        edge = integration.edge
        return answers(to: batch, CommittedBatch(growth, checkpointNote: note))
    }

    /// Writes the newest checkpoint down, where no later transaction has done so.
    mutating func storeNote() throws(LedgerFault) {
        guard !noteIsStored else { return }
        let (note, size) = (note, head.size)
        do throws(StorageFault) {
            try store.transaction { transaction throws(StorageFault) in try transaction.put(checkpoint: note, size: size) }
        } catch {
            throw .store(error)
        }
        noteIsStored = true
    }

    /// Forgets denied tokens that have expired so long ago that no call under them can still take its place.
    mutating func tidy() {
        epochs.forgetDenied(before: head.sequenced.advanced(seconds: -EntryLimits.maxUseAfterExpirySeconds))
    }

    /// Now, or the newest entry's time where the clock stands a little behind it.
    private func sequencingTime() throws(LedgerFault) -> Timestamp {
        let now = clock()
        guard limits.accepts(clock: now, after: head.sequenced) else {
            throw .suspended("the clock stands more than \(limits.maxClockStepBack.components.seconds) s behind the newest entry; set it right")
        }
        return max(now, head.sequenced)
    }

    private func transact(_ acts: ArraySlice<PendingAct>, _ now: Timestamp) throws(LedgerFault) -> Batch {
        var defect: LedgerFault?
        do throws(StorageFault) {
            return try store.transaction { transaction throws(StorageFault) in
                var batch = Batch(epochs: epochs)
                var check: [[UInt8]] = []
                for act in acts { batch.settlements.append(try perform(act, transaction, now, &batch, &check)) }
                guard !batch.entries.isEmpty else { return batch }
                try transaction.append(batch.entries, from: LedgerIndex(head.size))
                do throws(LedgerFault) {
                    batch.integration = try Integration(of: check, and: batch.entries, at: edge)
                } catch {
                    defect = error
                    throw StorageFault.stopped
                }
                try write(batch, transaction, now)
                return batch
            }
        } catch {
            throw defect ?? .store(error)
        }
    }

    private func perform(
        _ act: PendingAct, _ transaction: any StorageTransaction, _ now: Timestamp, _ batch: inout Batch, _ check: inout [[UInt8]]
    ) throws(StorageFault) -> Settlement {
        let moment = Moment(first: LedgerIndex(head.size + UInt64(batch.entries.count)), sequenced: now, epochs: batch.epochs)
        let performed: PendingAct.Performed
        do throws(StorageFault) {
            performed = try transaction.tentatively { () throws(StorageFault) -> Tentative<PendingAct.Performed> in
                let performed = try act.perform(transaction, moment)
                guard case .record(let drafts, _) = performed else { return .undo(performed) }
                guard drafts.allSatisfy({ $0.mayTakePlace(at: now) }) else { return .undo(.late) }
                guard drafts.count <= limits.maxEntriesPerAct else { throw .limit("an act has more than \(limits.maxEntriesPerAct) entries") }
                return .keep(performed)
            }
        } catch {
            guard error.concernsOneAct else { throw error }
            return .failed(.act(error), act)
        }
        switch performed {
        case .late: return .failed(.late, act)
        case .refuse(let settle): return .refused(settle: settle)
        case .record(let drafts, let settle):
            batch.epochs.apply(transaction.takeEpochChanges())
            let first = batch.entries.count
            for draft in drafts {
                // Two encodings in two buffers: `Integration` says why.
                check.append(draft.sequenced(at: now))
                batch.entries.append(draft.sequenced(at: now))
            }
            return .recorded(entries: first..<batch.entries.count, settle: settle)
        }
    }

    private func write(_ batch: Batch, _ transaction: any StorageTransaction, _ now: Timestamp) throws(StorageFault) {
        guard let integration = batch.integration else { return }
        for (place, hashes) in integration.tiles { try transaction.put(hashes, at: place) }
        let next = LedgerHead(size: integration.growth.newSize, root: integration.growth.newRoot, sequenced: now)
        try transaction.moveHead(from: head, to: next)
        // The note of the tree before: that of the new one exists only after the commit.
        if !noteIsStored { try transaction.put(checkpoint: note, size: head.size) }
    }

    private func answers(to batch: Batch, _ committed: CommittedBatch?) -> [@Sendable () -> Void] {
        let oldSize = committed?.growth.oldSize ?? head.size
        return batch.settlements.map { settlement in
            switch settlement {
            case .refused(let settle): settle
            case .failed(let fault, let act): { act.fail(fault) }
            case .recorded(let range, let settle):
                {
                    settle(
                        range.compactMap { offset in
                            committed.map { Receipt(index: LedgerIndex(oldSize + UInt64(offset)), entry: batch.entries[offset], batch: $0) }
                        })
                }
            }
        }
    }
}
