import AuditTrail
import Cryptography
import Foundation
import Storage
import Synchronization
import TransparencyLog
import Vocabulary

/// The ledger's one writer. Acts queue from any thread; one thread takes whatever has queued while the last commit ran, performs it in one
/// transaction with one sync, signs the new tree, and then answers: on return of `submit` an act is durable and signed for.
///
/// After any fault of the disk, of the store or of its own arithmetic it stops for good: callers get `.failed`, and the process must restart,
/// which recovers from disk (`open`). The thread keeps it alive until `stop`.
package final class Sequencer: Sendable {
    package enum State: Hashable, Sendable {
        case running
        case failed(LedgerFault)
        case stopped
    }

    /// What is published for readers on any thread.
    struct Board: Sendable {
        var epochs: EpochSnapshot
        var size: UInt64
        var note: [UInt8]
        /// Time of the newest entry.
        var sequenced: Timestamp
        var state = State.running
        var waitingForEnd: [CheckedContinuation<State, Never>] = []
        var followers: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextFollower: UInt64 = 0
        /// False once nobody is to wait any more.
        var takesFollowers = true
    }

    package let identity: LogIdentity
    let mailbox: Mailbox<PendingAct>
    let board: Mutex<Board>
    let limits: LedgerLimits
    package let meter = LedgerMeter()

    /// Makes the empty log of a new home, once. The first entries are acts like any others.
    package static func createLog(in store: any StorageWriter, _ identity: LogIdentity, at now: Timestamp) throws(LedgerFault) {
        do throws(StorageFault) {
            try store.transaction { transaction throws(StorageFault) in
                try transaction.createLog(
                    origin: identity.origin.description, head: LedgerHead(size: 0, root: TreeHash.empty, sequenced: now))
            }
        } catch {
            throw .store(error)
        }
    }

    /// Recovers the log from disk, checks its right edge against its head, against the newest stored checkpoint and against what the signer
    /// remembers, signs its head, and starts the thread.
    /// - Parameters:
    ///   - home: where the signer's memory and the free space are.
    ///   - heartbeat: what HEARTBEAT entries say; nil for a tool such as `init` that writes none.
    ///   - clock: read for every transaction, on the sequencer's thread.
    package static func open(
        _ store: any StorageWriter, _ home: BrokerHome, _ identity: LogIdentity, heartbeat: Heartbeat?,
        limits: LedgerLimits = LedgerLimits(), clock: @escaping @Sendable () -> Timestamp
    ) throws(LedgerFault) -> Sequencer {
        let memory = SignerMemory(home)
        let remembered = try memory.recall(trust: identity.trust)
        let found: Result<(Recovery, EpochSnapshot), LedgerFault>
        do throws(StorageFault) {
            found = try store.transaction { transaction throws(StorageFault) in
                let epochs = try transaction.epochs()
                do throws(LedgerFault) {
                    return .success((try Recovery(transaction, identity, memory: remembered), epochs))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw .store(error)
        }
        let (recovery, epochs) = try found.get()
        // It is on stable storage before the first entry of a log is taken, so only a log without entries has none.
        guard remembered != nil || recovery.head.size == 0 else { throw .forgotten(path: memory.path, size: recovery.head.size) }
        let writer = try BatchWriter(store, recovery, identity, epochs: epochs, limits: limits, clock: clock)
        let sequencer = Sequencer(identity, writer, limits)
        let loop = SequencerLoop(sequencer, writer, memory, home, heartbeat, limits, clock)
        let thread = Thread {
            var running = loop
            running.run()
        }
        thread.name = "sequencer"
        thread.start()
        return sequencer
    }

    private init(_ identity: LogIdentity, _ writer: BatchWriter, _ limits: LedgerLimits) {
        self.identity = identity
        self.limits = limits
        mailbox = Mailbox(capacity: limits.maxWaitingActs)
        board = Mutex(Board(epochs: writer.epochs, size: writer.head.size, note: writer.note, sequenced: writer.head.sequenced))
    }

    /// Queues an act and waits until it is durable and signed for, or refused.
    ///
    /// `body` runs on the sequencer's thread inside the transaction; it must not wait, must have no effect but through the transaction, and
    /// may be run again. It compares epochs with `moment.epochs`, charges quotas, stores what belongs to the entry, and answers. A thrown
    /// fault that concerns this act alone comes back as `.act`; any other ends the sequencer.
    package func submit<Value, Refusal>(
        _ body: @escaping @Sendable (any StorageTransaction, Moment) throws(StorageFault) -> ActOutcome<Value, Refusal>
    ) async throws(LedgerFault) -> ActAnswer<Value, Refusal> {
        let result: Result<ActAnswer<Value, Refusal>, LedgerFault> = await withCheckedContinuation { continuation in
            post(PendingAct(body) { continuation.resume(returning: $0) })
        }
        return try result.get()
    }

    /// The same for callers that are not `async`: `answer` is called once, on the sequencer's thread or, where the act is not taken, at once
    /// on the calling thread. It must not wait.
    package func submit<Value, Refusal>(
        _ body: @escaping @Sendable (any StorageTransaction, Moment) throws(StorageFault) -> ActOutcome<Value, Refusal>,
        answer: @escaping @Sendable (Result<ActAnswer<Value, Refusal>, LedgerFault>) -> Void
    ) {
        post(PendingAct(body, answer: answer))
    }

    /// Records one entry that changes nothing else, such as a DENIAL.
    package func record(_ draft: DraftEntry) async throws(LedgerFault) -> Receipt {
        let answer: ActAnswer<Void, Never> = try await submit { _, _ in .record([draft], ()) }
        switch answer {
        case .recorded(_, let receipts): return receipts[0]
        }
    }

    private func post(_ act: PendingAct) {
        switch mailbox.post(act) {
        case .accepted: break
        case .full: act.fail(.overloaded)
        case .closed: act.fail(refusal)
        }
    }

    /// What an act gets that comes too late.
    var refusal: LedgerFault {
        switch state {
        case .failed(let fault): .failed(fault.description)
        case .running, .stopped: .stopped
        }
    }

    // MARK: What is published

    /// Epochs and deny set with everything that is committed. Bumped epochs are here before the act that bumped them is answered.
    package var epochs: EpochSnapshot { board.withLock { $0.epochs } }

    /// The four epochs that a token for these must carry now; without copying the snapshot.
    package func epochs(agreement: AgreementID, organisation: OrganisationNumber, client: PrincipalNumber) -> Epochs {
        board.withLock { $0.epochs.epochs(agreement: agreement, organisation: organisation, client: client) }
    }

    /// How often registry, catalogue or agreements have changed; without copying the snapshot.
    package var generation: UInt64 { board.withLock { $0.epochs.generation } }

    /// Whether that one token was revoked; without copying the snapshot.
    package func isDenied(_ token: Digest) -> Bool { board.withLock { $0.epochs.isDenied(token) } }

    /// The newest signed checkpoint.
    package var checkpoint: (size: UInt64, note: [UInt8]) { board.withLock { ($0.size, $0.note) } }

    package var state: State { board.withLock { $0.state } }

    /// Returns once the log has another size than `size`, no longer runs, or `releaseFollowers` is called; at once where the task is cancelled.
    package func grown(from size: UInt64) async {
        let number = board.withLock { board in
            board.nextFollower += 1
            return board.nextFollower
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = board.withLock { board in
                    guard board.size == size, board.state == .running, board.takesFollowers, !Task.isCancelled else { return false }
                    board.followers[number] = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            board.withLock { $0.followers.removeValue(forKey: number) }?.resume()
        }
    }

    /// Lets everybody go who waits in `grown`, and nobody wait there again: before a stop.
    package func releaseFollowers() {
        board.withLock { $0.takesFollowers = false }
        wakeFollowers()
    }

    /// Lets everybody go who waits in `grown`.
    func wakeFollowers() {
        let woken = board.withLock { board in
            defer { board.followers = [:] }
            return board.followers
        }
        for follower in woken.values { follower.resume() }
    }

    // MARK: The end

    /// Takes no more acts, answers those that wait, writes the stop HEARTBEAT and the newest checkpoint, and returns when the thread has
    /// ended. The store is the caller's to close.
    @discardableResult
    package func stop() async -> State {
        mailbox.close()
        return await ended()
    }

    /// Returns when the sequencer has stopped or failed.
    package func ended() async -> State {
        await withCheckedContinuation { continuation in
            let already = board.withLock { board -> State? in
                guard board.state == .running else { return board.state }
                board.waitingForEnd.append(continuation)
                return nil
            }
            if let already { continuation.resume(returning: already) }
        }
    }
}
