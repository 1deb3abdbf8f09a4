import Agreements
import AuditTrail
import Authorization
import Cryptography
import DataSources
import Ledger
import Redaction
import Storage
import Tokens
import Vocabulary

extension BrokerCore {
    /// Steps 6 to 8 on one hand-over: the source's thread reads and redacts and gives the act to the writer, and the caller's event loop hears of it
    /// when the entry is durable and signed for, or when something refused. Whatever this throws, nothing may be sent.
    func recordedRelease(
        _ exchange: Exchange, after position: UInt64, rows: Int
    ) async throws(CallFault) -> (EdgeRelease, Receipt) {
        guard let agreementEntry = exchange.governed.stored.forceEntry else { throw .internal(part: "agreement entry") }
        let work = try edgeWork(exchange, after: position, rows: rows)
        let outcome: RecordedRelease = await withCheckedContinuation { continuation in
            sources.reader.post { session in
                switch session.map(work.run) {
                case .failure(let fault): continuation.resume(returning: .unreadable(.source(fault)))
                case .success(.failure(let fault)): continuation.resume(returning: .unreadable(fault))
                case .success(.success(let batch)):
                    self.record(exchange, batch, agreementEntry: agreementEntry) { continuation.resume(returning: $0) }
                }
            }
        }
        switch outcome {
        case .recorded(let batch, let receipt): return (batch, receipt)
        case .refused(let fault): throw fault
        case .unreadable(let fault): throw sourceFault(fault, exchange.call)
        case .unwritten(let fault): throw self.fault(fault, exchange.call)
        }
    }

    /// What one exchange came to.
    private enum RecordedRelease: Sendable {
        case recorded(EdgeRelease, Receipt)
        case refused(CallFault)
        case unreadable(EdgeFault)
        case unwritten(LedgerFault)
    }

    /// Step 8: the writer compares epochs again, charges the quotas, keeps the wrapped salt key and appends the entry, in one transaction.
    private func record(
        _ exchange: Exchange, _ batch: EdgeRelease, agreementEntry: LedgerIndex, answer: @escaping @Sendable (RecordedRelease) -> Void
    ) {
        let act: ExchangeAct
        do throws(CryptographyFault) {
            act = ExchangeAct(
                exchange: exchange, body: entry(exchange, batch, agreementEntry: agreementEntry),
                wrapped: try evidence.wrap(saltKey: exchange.saltKey, exchange: exchange.id, part: 0),
                usage: QuotaAmount(rows: UInt64(batch.records.count), bytes: UInt64(batch.bytes), calls: 1),
                finder: subjectFinder(exchange), evidence: evidence, limits: configuration.limits)
        } catch {
            return answer(.refused(.internal(part: "salt key")))
        }
        ledger.submit { store, moment throws(StorageFault) in
            try act.perform(in: store, at: moment)
        } answer: { (result: Result<ActAnswer<Void, CallFault>, LedgerFault>) in
            switch result {
            case .success(.recorded(_, let receipts)): answer(.recorded(batch, receipts[0]))
            case .success(.refused(let fault)): answer(.refused(fault))
            case .failure(let fault): answer(.unwritten(fault))
            }
        }
    }

    /// Where the person's key is found that a search by key is about; nil where the dataset is about nobody, or the search is not by key.
    private func subjectFinder(_ exchange: Exchange) -> Digest? {
        guard case .key(let value) = exchange.form.search, let domain = exchange.governed.subjectDomain else { return nil }
        // The domain keeps two kinds of number with the same digits apart.
        return evidence.finder(of: domain + Array(value.utf8))
    }

    private func entry(_ exchange: Exchange, _ batch: EdgeRelease, agreementEntry: LedgerIndex) -> ExchangeEntry {
        let governed = exchange.governed
        let token = exchange.token.signed
        var entry = ExchangeEntry(
            exchange: exchange.id, consumer: exchange.call.caller.organisation.number, provider: governed.provider.number,
            client: exchange.call.caller.principal.number, agreementEntry: agreementEntry, termsDigest: governed.state.termsDigest,
            epochs: token.claims.epochs, operation: .query, purpose: exchange.form.purpose, legalBasis: token.claims.detail.legalBasis,
            dataset: exchange.form.dataset, datasetRevision: governed.dataset.revision, tokenDigest: token.tokenDigest,
            certificate: exchange.call.caller.certificate.thumbprint, fieldsAsked: exchange.program.askedLeaves,
            fieldsReleased: exchange.program.releasedLeaves, fieldsTransformed: exchange.program.transformedLeaves,
            rowsRead: UInt32(clamping: batch.counts.read), rowsReleased: UInt32(clamping: batch.records.count),
            rowsSuppressed: UInt32(clamping: batch.counts.withheld), requestCommitment: batch.requestCommitment,
            recordsRoot: batch.recordsRoot, subject: .zero)
        entry.reference = exchange.reference
        entry.caseCommitment = exchange.form.canonicalCase == nil ? nil : batch.caseCommitment
        entry.bytesReleased = UInt64(batch.bytes)
        if let seen = exchange.form.seen { entry.seen = ExchangeEntry.SeenCheckpoint(size: seen.size, root: seen.root) }
        return entry
    }
}

/// The writer's part of one exchange. Runs on the sequencer's thread and has no effect but through the transaction.
final class ExchangeAct: Sendable {
    let exchange: Exchange
    let body: ExchangeEntry
    let wrapped: [UInt8]
    let usage: QuotaAmount
    let finder: Digest?
    let evidence: EvidenceKeys
    let limits: BrokerLimits

    init(
        exchange: Exchange, body: ExchangeEntry, wrapped: [UInt8], usage: QuotaAmount, finder: Digest?,
        evidence: EvidenceKeys, limits: BrokerLimits
    ) {
        self.exchange = exchange
        self.body = body
        self.wrapped = wrapped
        self.usage = usage
        self.finder = finder
        self.evidence = evidence
        self.limits = limits
    }

    func perform(in store: any StorageTransaction, at moment: Moment) throws(StorageFault) -> ActOutcome<Void, CallFault> {
        if let refusal = exchange.staleness(in: moment.epochs, at: moment.sequenced, place: .writer) { return .refuse(refusal) }
        if let refusal = try exchange.change(since: moment.epochs.generation, in: store) { return .refuse(refusal) }
        if let refusal = try charge(in: store, at: moment) { return .refuse(refusal) }
        if let refusal = try remember(in: store, at: moment) { return .refuse(refusal) }
        try store.record(body.exchange, part: body.part, at: moment.first)
        try store.keep(
            StoredOpening(
                entry: moment.first, wrapped: wrapped, until: moment.sequenced.advanced(seconds: limits.openingRetentionDays * 86_400)))
        try store.note(moment.first, about: .exchangesOf(body.client))
        var entry = body
        entry.subject = exchange.secrets.randomTag
        if let finder { entry.subject = try evidence.nextTag(finder: finder, freshKey: exchange.secrets.freshSubjectKey, in: store) }
        guard let drafts = BrokerCore.drafts([.exchange(entry)], arrived: exchange.call.arrived) else {
            return .refuse(.internal(part: "exchange entry"))
        }
        return .record(drafts, ())
    }

    private func charge(in store: any StorageTransaction, at moment: Moment) throws(StorageFault) -> CallFault? {
        let charge = exchange.charge
        let day = QuotaMeter.day(charge.agreement, body.client, moment.sequenced.utcDate)
        if case .exceeded(let dimension) = try store.charge(usage, to: day, within: QuotaAmount(charge.perDay)) {
            return .exhausted(reason: "\(dimension.name)_per_day_exceeded")
        }
        let token = QuotaMeter.token(body.tokenDigest, expiry: exchange.token.signed.claims.expiry)
        if case .exceeded(let dimension) = try store.charge(usage, to: token, within: QuotaAmount(charge.perToken)) {
            return .exhausted(reason: "token_\(dimension.name)_exceeded")
        }
        return nil
    }

    /// A first use of a request id is remembered with its entry; a repetition keeps the first.
    private func remember(in store: any StorageTransaction, at moment: Moment) throws(StorageFault) -> CallFault? {
        guard !exchange.form.requestID.isEmpty, exchange.reference == nil else { return nil }
        let id = Array(exchange.form.requestID.utf8)
        guard try store.request(id, of: body.client, at: moment.sequenced) == nil else {
            return .precondition(reason: "REQUEST_ID_IN_USE", remedy: "The same request_id was answered a moment ago. Send the request again to get that receipt.")
        }
        try store.remember(
            RememberedRequest(
                client: body.client, requestID: id, bodyDigest: exchange.form.bodyDigest, entry: moment.first,
                until: moment.sequenced.advanced(seconds: limits.requestIDSeconds)),
            at: moment.sequenced)
        return nil
    }
}

extension QuotaAmount {
    init(_ bounds: QuotaCharge.Bounds) {
        // The store counts in signed numbers; a larger bound is no bound.
        let most = UInt64(Int64.max)
        self.init(rows: min(bounds.rows, most), bytes: min(bounds.bytes, most), calls: min(bounds.calls, most))
    }
}

extension QuotaDimension {
    var name: String {
        switch self {
        case .rows: "rows"
        case .bytes: "bytes"
        case .calls: "calls"
        }
    }
}
