import Agreements
import AuditTrail
import Authorization
import Cryptography
import DataSources
import Ledger
import Redaction
import Storage
import Tokens
import TransparencyLog
import Vocabulary

extension BrokerCore {
    /// Steps 6 to 8 on one hand-over: the source's thread reads and redacts and gives the act to the writer, and the caller's event loop hears of it
    /// when the entry is durable and signed for, or when something refused. Whatever this throws, nothing may be sent.
    func recordedRelease(
        _ exchange: Exchange, after position: UInt64, rows: Int
    ) async throws(CallFault) -> (ReleasedBatch, Receipt) {
        guard let agreementEntry = exchange.governed.stored.forceEntry else { throw .internal(part: "agreement entry") }
        if exchange.isNewCall, let fault = spentQuotas.refusal(ExchangeMeters(exchange, date: exchange.call.arrived.utcDate)) { throw fault }
        let work = try edgeWork(exchange, after: position, rows: rows)
        let outcome: RecordedRelease = await withCheckedContinuation { continuation in
            let errand = SourceReader.Errand(for: exchange.turn) { session in
                // Nothing has left and nothing has been charged: what nobody waits for need not be read.
                guard !exchange.call.isAbandoned() else { return continuation.resume(returning: .abandoned) }
                switch session.map({ work.run($0, by: self.edge) }) {
                case .failure(let fault): continuation.resume(returning: .unreadable(.source(fault)))
                case .success(.failure(let fault)): continuation.resume(returning: .unreadable(fault))
                case .success(.success(let batch)):
                    self.record(exchange, batch, agreementEntry: agreementEntry) { continuation.resume(returning: $0) }
                }
            }
            sources.post(errand)
        }
        switch outcome {
        case .recorded(let batch, let receipt): return (batch, receipt)
        case .refused(let fault): throw fault
        case .unreadable(let fault): throw sourceFault(fault, exchange.call)
        case .unwritten(let fault): throw self.fault(fault, exchange.call)
        case .abandoned: throw .abandoned
        }
    }

    /// What one exchange came to.
    private enum RecordedRelease: Sendable {
        case recorded(ReleasedBatch, Receipt)
        case refused(CallFault)
        case unreadable(EdgeFault)
        case unwritten(LedgerFault)
        /// The caller went before the source was read.
        case abandoned
    }

    /// Step 8: the writer compares epochs again, charges the quotas, keeps the wrapped salt key and appends the entry, in one transaction.
    private func record(
        _ exchange: Exchange, _ batch: ReleasedBatch, agreementEntry: LedgerIndex, answer: @escaping @Sendable (RecordedRelease) -> Void
    ) {
        let act = ExchangeAct(
            exchange: exchange, body: entry(exchange, batch, agreementEntry: agreementEntry), next: exchange.form.operation == .stream ? batch.next : nil,
            usage: QuotaAmount(rows: UInt64(batch.count), bytes: UInt64(batch.bytes), calls: exchange.isNewCall ? 1 : 0),
            subjects: subjects(exchange, batch), evidence: evidence, limits: configuration.limits)
        ledger.submit { store, moment throws(StorageFault) in
            try act.perform(in: store, at: moment)
        } answer: { (result: Result<ActAnswer<ExchangeAct.Recorded, ExchangeAct.Refusal>, LedgerFault>) in
            switch result {
            case .success(.recorded(let recorded, let receipts)):
                self.spentQuotas.note(recorded.spent)
                self.dailyUse.note(recorded.day.meter, used: recorded.day.used, of: recorded.perDay)
                answer(recorded.fault.map { .refused($0) } ?? .recorded(batch, receipts[0]))
            case .success(.refused(let refusal)):
                self.spentQuotas.note(refusal.spent)
                answer(.refused(refusal.fault))
            case .failure(let fault): answer(.unwritten(fault))
            }
        }
    }

    /// Where the keys of those are found whom the exchange is about.
    private func subjects(_ exchange: Exchange, _ batch: ReleasedBatch) -> ExchangeAct.Subjects {
        guard case .key(let value) = exchange.form.search else { return .those(batch.finders) }
        // Who was asked for and not found has been asked for all the same.
        return subjectFinding(exchange.governed).map { .one($0.finder(of: Array(value.utf8))) } ?? .those([])
    }

    private func entry(_ exchange: Exchange, _ batch: ReleasedBatch, agreementEntry: LedgerIndex) -> ExchangeEntry {
        let governed = exchange.governed
        let token = exchange.token.signed
        var entry = ExchangeEntry(
            exchange: exchange.id, consumer: exchange.call.caller.organisation.number, provider: governed.provider.number,
            client: exchange.call.caller.principal.number, agreementEntry: agreementEntry, termsDigest: governed.state.termsDigest,
            epochs: token.claims.epochs, operation: exchange.form.operation, purpose: exchange.form.purpose, legalBasis: token.claims.detail.legalBasis,
            dataset: exchange.form.dataset, datasetRevision: governed.dataset.revision, tokenDigest: token.tokenDigest,
            certificate: exchange.call.caller.certificate.thumbprint, fieldsAsked: exchange.program.askedLeaves,
            fieldsReleased: exchange.program.releasedLeaves, fieldsTransformed: exchange.program.transformedLeaves,
            rowsRead: UInt32(clamping: batch.counts.admitted), rowsReleased: UInt32(clamping: batch.count),
            rowsSuppressed: UInt32(clamping: batch.counts.withheld), requestCommitment: batch.requestCommitment,
            recordsRoot: batch.recordsRoot, subject: .zero)
        entry.part = exchange.part
        entry.isLastPart = exchange.form.operation != .stream || batch.next == nil
        entry.reference = exchange.reference
        entry.caseCommitment = exchange.form.canonicalCase == nil ? nil : batch.caseCommitment
        entry.bytesReleased = UInt64(batch.bytes)
        if let seen = exchange.form.seen { entry.seen = ExchangeEntry.SeenCheckpoint(size: seen.size, root: seen.root) }
        return entry
    }
}

extension ExchangeEntry {
    /// The same exchange where its records stay. It has an entry all the same: that somebody was found must not be had for nothing, without a
    /// charge and without that person's tag.
    fileprivate var withoutRecords: ExchangeEntry {
        var entry = self
        entry.rowsSuppressed += entry.rowsReleased
        entry.rowsReleased = 0
        entry.bytesReleased = 0
        entry.recordsRoot = TreeHash.empty
        // A stream ends with the batch that was too much.
        entry.isLastPart = true
        return entry
    }
}

/// The writer's part of one exchange. Runs on the sequencer's thread and has no effect but through the transaction.
final class ExchangeAct: Sendable {
    let exchange: Exchange
    let body: ExchangeEntry
    /// Where a stream goes on after this batch.
    let next: UInt64?
    let usage: QuotaAmount
    let subjects: Subjects
    let evidence: EvidenceKeys
    let limits: BrokerLimits

    /// Under which those are found whom an exchange is about.
    enum Subjects: Sendable {
        /// Whom a search by key is about: the entry carries that person's tag.
        case one(Digest)
        /// Whom the records of a batch are about, in order: the entry carries the root over their tags.
        case those([Digest])
    }

    init(
        exchange: Exchange, body: ExchangeEntry, next: UInt64?, usage: QuotaAmount, subjects: Subjects, evidence: EvidenceKeys,
        limits: BrokerLimits
    ) {
        self.exchange = exchange
        self.body = body
        self.next = next
        self.usage = usage
        self.subjects = subjects
        self.evidence = evidence
        self.limits = limits
    }

    /// Why an exchange was refused without an entry, and which meters were found empty.
    struct Refusal: Sendable {
        let fault: CallFault
        var spent: [SpentQuotas.Spent] = []
    }

    /// What an exchange that has its entry came to.
    struct Recorded: Sendable {
        /// The day's meter after the charge, and its bounds.
        let day: SpentQuotas.Spent
        let perDay: QuotaAmount
        /// Meters that it has emptied.
        let spent: [SpentQuotas.Spent]
        /// Set where its records stay: they would have passed a bound. The entry says that none left.
        let fault: CallFault?
    }

    func perform(in store: any StorageTransaction, at moment: Moment) throws(StorageFault) -> ActOutcome<Recorded, Refusal> {
        if let fault = exchange.staleness(in: moment.epochs, at: moment.sequenced, place: .writer) { return .refuse(Refusal(fault: fault)) }
        if let fault = try exchange.change(since: moment.epochs.generation, in: store) { return .refuse(Refusal(fault: fault)) }
        let meters = ExchangeMeters(exchange, date: moment.sequenced.utcDate)
        let (dayUsed, tokenUsed) = (try store.used(meters.day), try store.used(meters.token))
        if let refusal = meters.refusal(dayUsed, tokenUsed) { return .refuse(refusal) }
        let fault = meters.excess(of: usage, dayUsed, tokenUsed)
        if let fault = try remember(in: store, at: moment) { return .refuse(Refusal(fault: fault)) }
        guard let charged = try charge(meters, fault == nil ? usage : QuotaAmount(rows: 0, bytes: 0, calls: usage.calls), in: store) else {
            return .refuse(Refusal(fault: .internal(part: "quota")))
        }
        try store.record(body.exchange, part: body.part, at: moment.first)
        let (subject, tagged) = try tags(in: store)
        // Nobody goes on after records that stayed: they would be missed.
        let opening = EvidenceKeys.Opening(saltKey: exchange.saltKey, next: fault == nil ? next : nil, subjects: tagged)
        try store.keep(
            StoredOpening(
                entry: moment.first, wrapped: try wrapped(opening), until: moment.sequenced.advanced(seconds: limits.openingRetentionDays * 86_400)))
        var entry = fault == nil ? body : body.withoutRecords
        entry.subject = subject
        guard let drafts = BrokerCore.drafts([.exchange(entry)], arrived: exchange.call.arrived, begun: exchange.begun) else {
            return .refuse(Refusal(fault: .internal(part: "exchange entry")))
        }
        return .record(drafts, Recorded(day: charged.day, perDay: meters.perDay, spent: charged.spent, fault: fault))
    }

    /// What the entry says of those whom the exchange is about, and what is kept of them beside it. Random where it is about nobody.
    private func tags(in store: any StorageTransaction) throws(StorageFault) -> (Digest, [TaggedSubject]) {
        let fresh = exchange.secrets.freshSubjectKey
        switch subjects {
        case .one(let finder):
            let subject = try evidence.nextSubject(finder: finder, fresh: fresh, in: store)
            return (subject.tag, [subject])
        case .those(let finders):
            guard !finders.isEmpty else { return (exchange.secrets.randomTag, []) }
            let subjects = try finders.map { finder throws(StorageFault) in try evidence.nextSubject(finder: finder, fresh: fresh, in: store) }
            return (TaggedSubject.root(over: subjects), subjects)
        }
    }

    private func wrapped(_ opening: EvidenceKeys.Opening) throws(StorageFault) -> [UInt8] {
        do throws(CryptographyFault) {
            return try evidence.wrap(opening, exchange: exchange.id, part: exchange.part)
        } catch {
            throw .corrupt("a salt key")
        }
    }

    /// Charges both meters, in which there is room. Answers the day's, and those in which nothing is left; nil where a charge was refused, which
    /// is a bug.
    private func charge(
        _ meters: ExchangeMeters, _ amount: QuotaAmount, in store: any StorageTransaction
    ) throws(StorageFault) -> (day: SpentQuotas.Spent, spent: [SpentQuotas.Spent])? {
        guard case .charged(let dayUsed) = try store.charge(amount, to: meters.day, within: meters.perDay),
            case .charged(let tokenUsed) = try store.charge(amount, to: meters.token, within: meters.perToken)
        else { return nil }
        let day = SpentQuotas.Spent(meter: meters.day, used: dayUsed)
        var spent: [SpentQuotas.Spent] = []
        if dayUsed.reached(meters.perDay) != nil { spent.append(day) }
        if tokenUsed.reached(meters.perToken) != nil { spent.append(SpentQuotas.Spent(meter: meters.token, used: tokenUsed)) }
        return (day, spent)
    }

    /// A first use of a request id is remembered with its entry; a repetition keeps the first.
    private func remember(in store: any StorageTransaction, at moment: Moment) throws(StorageFault) -> CallFault? {
        guard !exchange.form.requestID.isEmpty, exchange.reference == nil else { return nil }
        let id = evidence.name(ofRequest: exchange.form.requestID, client: body.client).bytes
        guard try store.request(id, of: body.client, at: moment.sequenced) == nil else {
            return .precondition(reason: "REQUEST_ID_IN_USE", remedy: "The same request_id was answered a moment ago. Send the request again to get that receipt.")
        }
        try store.remember(
            RememberedRequest(
                client: body.client, requestID: id, bodyDigest: evidence.mark(ofBody: exchange.form.bodyDigest), entry: moment.first,
                until: moment.sequenced.advanced(seconds: limits.requestIDSeconds)),
            at: moment.sequenced)
        return nil
    }
}
