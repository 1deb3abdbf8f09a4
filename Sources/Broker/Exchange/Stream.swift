import AuditTrail
import Authorization
import BrokerProtocol
import Cryptography
import Ledger
import Redaction
import Storage
import Tokens
import Vocabulary

/// Where the batches of a stream go. `send` waits while the caller takes no more: that alone holds a stream back.
protocol AnswerSink: Sendable {
    /// Throws where nobody takes answers any more.
    /// - Parameter look: called about once a second while it waits; what it throws ends the wait.
    func send(_ answer: [UInt8], whileWaiting look: @Sendable () async throws(CallFault) -> Void) async throws(CallFault)
}

extension AnswerSink {
    func send(_ answer: [UInt8]) async throws(CallFault) {
        try await send(answer) { () async throws(CallFault) in }
    }
}

extension BrokerCore {
    /// All records that a filter finds, batch by batch. Steps 1 to 3 of the design's "life of one exchange" happen once, 4 to 9 for every batch.
    /// Between two batches nothing is held open, neither a snapshot of the source nor a turn.
    func stream(_ request: Concordat_V1_StreamRequest, _ call: Call, to sink: some AnswerSink) async throws(CallFault) {
        let form = try ExchangeForm(request, limits: configuration.limits)
        let token = try verifiedToken(call)
        if let seen = form.seen { try await checkSeen(seen, call) }
        try requireAgreement(of: token, form)
        var stream = RunningStream(form: form, token: token, call: call)
        var exchange = try await batch(of: stream)
        stream.place = try await resumption(exchange)
        while true {
            let (batch, receipt): (ReleasedBatch, Receipt)
            do throws(CallFault) {
                (batch, receipt) = try await recordedRelease(exchange, after: stream.place, rows: stream.rows(limits: configuration.limits))
                call.notes.released(exchange.id, entry: receipt.index)
                let answer = try answer(exchange, batch, AnswerReceipt(receipt))
                stream.took(exchange, rows: batch.count, next: batch.next ?? stream.place)
                let isLast = batch.next == nil
                try await sink.send(answer) { [stream] () throws(CallFault) in try await requireStanding(of: stream, isOver: isLast) }
                if isLast { return }
                exchange = try await self.batch(of: stream)
            } catch {
                guard call.notes.lastRelease != nil else { throw error }
                throw await ending(of: stream, by: error)
            }
        }
    }

    /// Steps 4 and 5 for the next batch: what the registry, the catalogue and the agreement say now, and the decision.
    private func batch(of stream: RunningStream) async throws(CallFault) -> Exchange {
        let (form, call) = (stream.form, stream.call)
        let generation = ledger.generation
        let governed: GovernedDataset
        if let before = stream.before, before.generation == generation {
            governed = before.governed
        } else {
            governed = try await self.governed(form, generation: generation, call)
        }
        let now = stream.before == nil ? call.arrived : clock.now()
        if let before = stream.before { try requireSameStream(before, governed, at: now, running: stream.duration) }
        guard stream.rowsLeft > 0 else { throw .exhausted(reason: DenialReason.tooManyRows.rawValue) }
        let rows = stream.rows(limits: configuration.limits)
        let (program, charge) = try decided(form, stream.token, governed, rows: rows, call, at: now)
        return stream.exchange(governed, generation: generation, program, charge, ExchangeSecrets(from: randomness), begun: now)
    }

    /// Whether a stream may go on once its caller takes more: who takes nothing must not hold one beyond its time, nor beyond what it rests on.
    /// - Parameter isOver: whether there will be no other batch, so that nothing more is decided.
    private func requireStanding(of stream: RunningStream, isOver: Bool) async throws(CallFault) {
        guard let before = stream.before else { return }
        if let fault = before.staleness(in: ledger.epochs, at: clock.now(), place: .waiting) { throw fault }
        if isOver || before.generation == ledger.generation {
            try requireSameStream(before, before.governed, at: clock.now(), running: stream.duration)
        } else {
            _ = try await batch(of: stream)
        }
    }

    /// All batches of one stream are of one revision of the dataset, and within the terms' time for a stream.
    private func requireSameStream(
        _ before: Exchange, _ governed: GovernedDataset, at now: Timestamp, running duration: Duration
    ) throws(CallFault) {
        guard !isStopping.load(ordering: .relaxed) else { throw .unavailable(part: "the broker is stopping") }
        guard governed.dataset.revision == before.governed.dataset.revision else { throw .datasetChanged }
        let bound = Int64(clamping: governed.state.terms.limits.streamSeconds)
        // The clock of the day may be put back while a stream runs.
        guard now < before.call.arrived.advanced(seconds: bound), duration < .seconds(bound) else { throw .exhausted(reason: "stream_seconds_exceeded") }
    }

    /// Why a stream that has begun ends: where what it rests on is no longer so, the caller is told which of it.
    private func ending(of stream: RunningStream, by fault: CallFault) async -> CallFault {
        switch fault {
        case .denied(let reason, _, _, _): return .revoked(reason: reason)
        case .unauthenticated(let reason):
            // The writer only compares counters. What was behind the change is what a decision says now.
            do throws(CallFault) { _ = try await batch(of: stream) } catch {
                if case .denied(let cause, _, _, _) = error { return .revoked(reason: cause) }
            }
            return .revoked(reason: reason)
        case .unavailable(let part): return .interrupted(part: part)
        default: return fault
        }
    }

    /// The position after which the rows begin: 0, or where the entry ended that the caller names as the last that it has.
    private func resumption(_ exchange: Exchange) async throws(CallFault) -> UInt64 {
        guard let index = exchange.form.resumesAfter else { return 0 }
        let evidence = evidence
        return try await read(exchange.call) { store throws(StorageFault) in
            guard let bytes = try store.entry(index), let entry = try ExchangeEntry.stored(bytes), entry.operation == .stream,
                entry.client == exchange.call.caller.principal.number, entry.dataset == exchange.form.dataset
            else { return .refused(.concealed(what: "a batch of yours with this index", reason: "RESUME_NOT_YOURS")) }
            guard entry.datasetRevision == exchange.governed.dataset.revision else { return .refused(.datasetChanged) }
            guard let kept = try store.opening(index) else {
                return .refused(
                    .precondition(reason: "RESUME_TOO_LATE", remedy: "What is needed to go on after that batch is no longer kept. Start the stream again."))
            }
            do {
                let opening = try evidence.unwrap(kept.wrapped, exchange: entry.exchange, part: entry.part)
                guard try exchange.isAsked(alsoBy: entry, saltKey: opening.saltKey) else {
                    return .refused(
                        .invalid(field: "resume_after", problem: "is a batch of another request; send the agreement, fields and filter of that one"))
                }
                guard let next = opening.next else {
                    return .refused(.precondition(reason: "STREAM_COMPLETE", remedy: "That batch was the last of its stream: there is nothing after it."))
                }
                return .done(next)
            } catch {
                throw .corrupt("the wrapped key of an exchange")
            }
        }
    }
}

/// A stream between two of its batches.
private struct RunningStream {
    let form: ExchangeForm
    let token: VerifiedToken
    let call: Call
    /// The source's position after the last row that was read.
    var place: UInt64 = 0
    /// The last batch that was sent; nil before the first.
    private(set) var before: Exchange?
    private(set) var part: UInt32 = 0
    private(set) var rowsLeft: UInt64
    private let start = ContinuousClock.now

    init(form: ExchangeForm, token: VerifiedToken, call: Call) {
        self.form = form
        self.token = token
        self.call = call
        rowsLeft = token.signed.claims.detail.limits.rowsPerCall
    }

    /// How long it has run, on a clock that nobody sets.
    var duration: Duration { ContinuousClock.now - start }

    /// Most rows of the next batch. All batches together are one call.
    func rows(limits: BrokerLimits) -> Int { Int(min(UInt64(limits.rowsPerAnswer), rowsLeft)) }

    mutating func took(_ exchange: Exchange, rows: Int, next: UInt64) {
        before = exchange
        part += 1
        place = next
        rowsLeft -= min(rowsLeft, UInt64(rows))
    }

    func exchange(
        _ governed: GovernedDataset, generation: UInt64, _ program: RedactionProgram, _ charge: QuotaCharge, _ secrets: ExchangeSecrets, begun: Timestamp
    ) -> Exchange {
        Exchange(
            form: form, call: call, token: token, governed: governed, generation: generation, program: program, charge: charge,
            secrets: before.map { secrets.with(id: $0.id) } ?? secrets, part: part, begun: begun, reference: before == nil ? form.resumesAfter : nil)
    }
}
