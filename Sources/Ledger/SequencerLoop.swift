import AuditTrail
import Storage
import Vocabulary

/// The sequencer's thread: drains, commits, publishes, answers, and beats. No timer runs while acts wait.
struct SequencerLoop: Sendable {
    private let sequencer: Sequencer
    private var writer: BatchWriter
    private let memory: SignerMemory
    private let home: BrokerHome
    private let heartbeat: Heartbeat?
    private let limits: LedgerLimits
    private let clock: @Sendable () -> Timestamp
    private var nextBeat: ContinuousClock.Instant
    private var nextSpaceCheck: ContinuousClock.Instant
    private var shortOfSpace = false
    /// The run's START is in the log, or it writes none. Nothing else is written before it: an entry outside a run would be a finding.
    private var hasStarted: Bool

    init(
        _ sequencer: Sequencer, _ writer: BatchWriter, _ memory: SignerMemory, _ home: BrokerHome, _ heartbeat: Heartbeat?,
        _ limits: LedgerLimits, _ clock: @escaping @Sendable () -> Timestamp
    ) {
        self.sequencer = sequencer
        self.writer = writer
        self.memory = memory
        self.home = home
        self.heartbeat = heartbeat
        self.limits = limits
        self.clock = clock
        nextBeat = .now
        nextSpaceCheck = .now
        hasStarted = heartbeat == nil
    }

    /// Runs until the mailbox is closed or something fails, and tells everybody who waits.
    mutating func run() {
        var waiting: [PendingAct] = []
        do throws(LedgerFault) {
            try serve(&waiting)
            end(.stopped, waiting)
        } catch {
            end(.failed(error), waiting)
        }
    }

    private mutating func serve(_ waiting: inout [PendingAct]) throws(LedgerFault) {
        try remember()
        try beat(.start)
        while sequencer.mailbox.drain(into: &waiting, waiting: pause) {
            if heartbeat != nil, ContinuousClock.now >= nextBeat { try beat(.alive) }
            if waiting.isEmpty { try writer.storeNote() }
            if !hasStarted, !waiting.isEmpty { try beat(.start) }
            while !waiting.isEmpty {
                try commit(waiting.prefix(limits.maxBatchActs))
                waiting.removeFirst(min(waiting.count, limits.maxBatchActs))
            }
        }
        try beat(.stop)
        try remember()
    }

    /// How long to sleep where nothing waits.
    private var pause: Duration {
        guard writer.noteIsStored else { return limits.checkpointDelay }
        return heartbeat == nil ? .seconds(3_600) : max(.zero, ContinuousClock.now.duration(to: nextBeat))
    }

    /// Commits, publishes, and only then answers: whoever is answered finds the new epochs and the new checkpoint in force.
    private mutating func commit(_ acts: ArraySlice<PendingAct>, isStart: Bool = false) throws(LedgerFault) {
        do throws(LedgerFault) {
            try requireSpace()
            guard hasStarted || isStart else { throw .suspended("the start could not be recorded") }
            let begun = ContinuousClock.now
            let answers = try writer.commit(acts)
            sequencer.meter.commits.observe(begun.duration(to: .now).nanoseconds)
            sequencer.meter.batchActs.observe(UInt64(acts.count))
            if isStart { hasStarted = true }
            publish()
            for answer in answers { answer() }
        } catch {
            guard case .suspended = error else { throw error }
            for act in acts { act.fail(error) }
        }
    }

    private mutating func beat(_ mark: HeartbeatEntry.Act) throws(LedgerFault) {
        guard let heartbeat else { return }
        let isStart = !hasStarted
        // A run that could not record its start has nothing to end.
        if isStart, mark == .stop { return }
        try commit([heartbeat.act(isStart ? .start : mark, at: clock(), forgetting: limits.maxForgottenRows)], isStart: isStart)
        writer.tidy()
        nextBeat = .now + limits.heartbeatInterval
        if mark == .alive { try remember() }
    }

    /// Writes the newest checkpoint to the store and to the signer's memory.
    private mutating func remember() throws(LedgerFault) {
        try writer.storeNote()
        do throws(StorageFault) { try memory.remember(writer.note) } catch { throw .store(error) }
    }

    private mutating func requireSpace() throws(LedgerFault) {
        let now = ContinuousClock.now
        if now >= nextSpaceCheck {
            nextSpaceCheck = now + .seconds(1)
            do throws(StorageFault) {
                shortOfSpace = try limits.isShortOfSpace(at: home)
            } catch {
                throw .store(error)
            }
        }
        guard !shortOfSpace else { throw .suspended("the disk is nearly full; free some space") }
    }

    private func publish() {
        sequencer.board.withLock { board in
            board.epochs = writer.epochs
            board.size = writer.head.size
            board.note = writer.note
            board.sequenced = writer.head.sequenced
        }
        sequencer.wakeFollowers()
    }

    /// The state first, so that whoever is told finds it; then those whose acts were not done, then those who wait for the end.
    private func end(_ state: Sequencer.State, _ undone: [PendingAct]) {
        let watching = sequencer.board.withLock { board in
            board.state = state
            defer { board.waitingForEnd = [] }
            return board.waitingForEnd
        }
        sequencer.wakeFollowers()
        sequencer.mailbox.close()
        var late: [PendingAct] = []
        _ = sequencer.mailbox.drain(into: &late, waiting: .zero)
        for act in undone + late { act.fail(sequencer.refusal) }
        for continuation in watching { continuation.resume(returning: state) }
    }
}

extension Duration {
    /// Rounded down; 0 where it is negative.
    fileprivate var nanoseconds: UInt64 {
        UInt64(clamping: components.seconds) * 1_000_000_000 + UInt64(clamping: components.attoseconds / 1_000_000_000)
    }
}
