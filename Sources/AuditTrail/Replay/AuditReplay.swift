import Agreements
import Cryptography
import TransparencyLog
import Vocabulary

/// Replays a ledger from its first entry and checks that each act was allowed by what the ledger says came before it. Pure: entries go
/// in, findings come out. Needs nothing but the entries and the log's origin.
///
/// The bytes themselves are checked against the signed root elsewhere (`LogVerifier`); this is about what they mean.
package struct AuditReplay: Sendable {
    package let origin: String
    /// In the order of the log; at most `ReplayLimits.maxFindings` of them.
    package private(set) var findings: [AuditFinding] = []
    /// All findings, those not kept included.
    package private(set) var findingCount = 0
    package private(set) var violationCount = 0
    /// Entries consumed, which is the index of the next.
    package private(set) var size: UInt64 = 0
    package private(set) var counts: [EntryKind: UInt64] = [:]
    package private(set) var registry = ReplayedRegistry()
    package private(set) var agreements = ReplayedAgreements()
    package private(set) var tokens = ReplayedTokens()

    private var exchanges = ReplayedExchanges()
    private var keys = ReplayedKeys()
    private var runs = ReplayedRuns()
    private var sequenced = Timestamp(microseconds: 0)
    private var hasEnded = false
    private var tree = CompactRange()
    private var roots: [Digest] = [TreeHash.empty]

    package init(origin: String) {
        self.origin = origin
    }

    package var brokerEpoch: UInt64 { keys.brokerEpoch }

    /// Takes the next entry. Returns it where it could be read.
    @discardableResult
    package mutating func consume(_ bytes: [UInt8]) -> LedgerEntry? {
        let index = LedgerIndex(size)
        defer { advance(bytes) }
        let entry: LedgerEntry
        do throws(EntryFault) {
            entry = try LedgerEntry(canonical: bytes)
        } catch {
            note(AuditFinding(index, AuditReplay.rule(error), error.description))
            return nil
        }
        counts[entry.kind, default: 0] += 1
        checkTimes(entry, at: index)
        if hasEnded { note(AuditFinding(index, .succession, "it comes after the entry that ends this log")) }
        checkRun(entry.kind, at: index)
        do throws(Breach) {
            try apply(entry, at: index)
        } catch {
            note(AuditFinding(index, error.rule, error.explanation))
        }
        return entry
    }

    private mutating func note(_ finding: AuditFinding) {
        findingCount += 1
        if finding.severity == .violation { violationCount += 1 }
        if findings.count < ReplayLimits.maxFindings { findings.append(finding) }
    }

    private mutating func advance(_ bytes: [UInt8]) {
        size += 1
        guard size <= ReplayLimits.maxRememberedRoots else { return }
        tree.append(TreeHash.leaf(bytes))
        roots.append(tree.root)
    }

    private static func rule(_ fault: EntryFault) -> AuditRule {
        switch fault {
        case .unknownKind: .unknownKind
        case .tooLarge: .size
        case .envelope, .body, .notOneBody, .timeOutOfRange: .encoding
        }
    }

    private mutating func checkTimes(_ entry: LedgerEntry, at index: LedgerIndex) {
        if entry.sequenced < sequenced {
            note(AuditFinding(index, .timeOrder, "it is sequenced at \(entry.sequenced), after an entry of \(sequenced)"))
        }
        if entry.sequenced < entry.arrived {
            note(AuditFinding(index, .arrival, "it is sequenced at \(entry.sequenced) and arrived only at \(entry.arrived)"))
        }
        let longest = longestWait(entry)
        if entry.arrived.advanced(seconds: longest) < entry.sequenced {
            note(
                AuditFinding(
                    index, .arrival, "it is sequenced at \(entry.sequenced) and arrived at \(entry.arrived), more than \(longest) s before"))
        }
        sequenced = max(sequenced, entry.sequenced)
    }

    /// Records are read and tokens issued by a running broker only, and its start is on the ledger before anything that it does.
    private mutating func checkRun(_ kind: EntryKind, at index: LedgerIndex) {
        switch kind {
        case .exchange, .attempt, .token:
            guard !runs.isRunning else { return }
            note(AuditFinding(index, .heartbeat, "the broker had not started, or had stopped, when it wrote this"))
        case .denial, .acknowledgement, .agreement, .registry, .key, .erasure, .finding, .oversight, .succession, .heartbeat: return
        }
    }

    /// Seconds that an act may have waited. A part of a stream arrived when the stream did, so the longest stream of the terms is added.
    private func longestWait(_ entry: LedgerEntry) -> Int64 {
        guard case .exchange(let body) = entry.body, body.operation == .stream, let key = agreements.byEntry[body.agreementEntry]?.key,
            let terms = agreements.states[key]?.terms
        else { return EntryLimits.maxWaitSeconds }
        return EntryLimits.maxWaitSeconds + Int64(clamping: terms.limits.streamSeconds)
    }

    private func place(of entry: LedgerEntry, at index: LedgerIndex) -> ReplayedTokens.Place {
        ReplayedTokens.Place(
            index: index, arrived: entry.arrived, sequenced: entry.sequenced, registry: registry, agreements: agreements, keys: keys)
    }

    private mutating func apply(_ entry: LedgerEntry, at index: LedgerIndex) throws(Breach) {
        // `init` writes keys and the first registry only: whatever else comes first, from then on every change has a name.
        switch entry.body {
        case .registry, .key, .succession: break
        case .exchange, .denial, .attempt, .acknowledgement, .token, .agreement, .erasure, .finding, .oversight, .heartbeat:
            registry.isOpen = false
        }
        switch entry.body {
        case .exchange(let body): try apply(body, entry, at: index)
        case .denial(let body): try check(body, at: index)
        case .attempt(let body): try check(body, entry, at: index)
        case .acknowledgement(let body): try check(body, entry, at: index)
        case .token(let body):
            try tokens.apply(body, at: place(of: entry, at: index))
        case .agreement(let body):
            try agreements.apply(body, at: index, entry.sequenced, registry: registry, origin: origin)
        case .registry(let body): try registry.apply(body, at: index, entry.sequenced)
        case .key(let body): try keys.apply(body, at: entry.sequenced, registry: registry, origin: origin)
        case .erasure(let body):
            try checkAuthority(body.authority, actor: body.actor, "concordat/erasure/1", .erasure, at: entry.arrived)
        case .finding(let body): try check(body, at: index)
        case .oversight(let body):
            try requireExchange(body.reference, before: index)
            try checkAuthority(body.authority, actor: body.actor, "concordat/oversight/1", .signature, at: entry.arrived)
        case .succession(let body): try apply(body, at: index)
        case .heartbeat(let body):
            if let silence = try runs.apply(body, at: entry.sequenced) {
                note(AuditFinding(index, .heartbeat, silence, severity: .warning))
            }
        }
    }
}

// Exchanges and what refers to them.
extension AuditReplay {
    private mutating func apply(_ body: ExchangeEntry, _ entry: LedgerEntry, at index: LedgerIndex) throws(Breach) {
        exchanges.remember(body, at: index)
        if let reference = body.reference { try requireExchange(reference, before: index, of: body.client) }
        let rows = try exchanges.takePart(body, arrived: entry.arrived)
        try exchanges.takeCommitments(body)
        try checkSeen(body, at: index)
        let check = ExchangeCheck(entry: body, place: place(of: entry, at: index), tokens: tokens)
        let state = try check.agreement()
        try charge(body, state, rowsOfCall: rows, at: entry.sequenced)
        try tokens.charge(body, rowsOfCall: rows)
    }

    /// - Parameter rowsOfCall: what the parts of the exchange have released so far, because they are one call.
    private mutating func charge(
        _ body: ExchangeEntry, _ state: AgreementState, rowsOfCall: UInt64, at moment: Timestamp
    ) throws(Breach) {
        let key = ReplayedAgreements.Key(agreement: state.agreement, version: state.version)
        let used = exchanges.charge(body, key, at: moment)
        let limits = state.terms.limits
        let accounted = UInt64(body.rowsReleased) + UInt64(body.rowsSuppressed)
        try require(accounted <= UInt64(body.rowsRead), .quota, "more rows were released and suppressed than read")
        // The other way round is allowed: a record that holds nothing of what is listed leaves in no bytes.
        try require(body.rowsReleased > 0 || body.bytesReleased == 0, .quota, "\(body.bytesReleased) bytes left in no row")
        try require(
            rowsOfCall <= limits.rowsPerCall, .quota,
            "\(rowsOfCall) rows left in one call, where the terms allow \(limits.rowsPerCall)")
        try require(used.rows <= limits.rowsPerDay, .quota, "\(used.rows) rows left on that day, where the terms allow \(limits.rowsPerDay)")
        try require(used.bytes <= limits.bytesPerDay, .quota, "\(used.bytes) bytes left on that day, where the terms allow \(limits.bytesPerDay)")
        try require(used.calls <= limits.callsPerDay, .quota, "\(used.calls) calls on that day, where the terms allow \(limits.callsPerDay)")
    }

    private func checkSeen(_ body: ExchangeEntry, at index: LedgerIndex) throws(Breach) {
        guard let seen = body.seen else { return }
        try require(
            seen.size <= index.value, .seenCheckpoint, "the client had seen a log of \(seen.size) entries before this one had so many")
        guard seen.size < UInt64(roots.count) else { return }
        try require(
            roots[Int(seen.size)] == seen.root, .seenCheckpoint,
            "the client had seen another log of \(seen.size) entries: two histories were shown")
    }

    private func requireExchange(_ reference: LedgerIndex, before index: LedgerIndex, of client: PrincipalNumber? = nil) throws(Breach) {
        try require(reference < index, .reference, "it refers to entry \(reference), which does not come before it")
        guard let mark = exchanges.marks[reference] else { throw Breach(.reference, "entry \(reference), to which it refers, is no EXCHANGE") }
        try require(client == nil || mark.client == client, .reference, "entry \(reference) is another client's")
    }

    private func check(_ body: DenialEntry, at index: LedgerIndex) throws(Breach) {
        try DenialCheck(entry: body, index: index, registry: registry, agreements: agreements).check()
        guard let reference = body.reference else { return }
        try requireExchange(reference, before: index, of: body.principal)
        try require(
            exchanges.marks[reference]?.exchange == body.exchange, .reference, "entry \(reference), to which it refers, is of another exchange")
    }

    private func check(_ body: AttemptEntry, _ entry: LedgerEntry, at index: LedgerIndex) throws(Breach) {
        try require(body.requestCommitment != Digest.zero, .commitment, "the request commitment is all zeros")
        guard let principal = registry.active(body.client) else { throw Breach(.parties, "principal \(body.client) is not active") }
        guard let named = body.agreementEntry else {
            // Without an agreement, only the owner looks at a record of its own.
            try require(
                registry.datasets[body.dataset]?.record.owner == principal.record.organisation && principal.roles.contains(.assetOwner),
                .parties, "principal \(body.client) is no information asset owner of \(body.dataset), and no agreement is named")
            return
        }
        let state = try agreements.inForce(named, before: index, at: entry.sequenced)
        try require(state.terms.dataset(body.dataset) != nil, .purpose, "the terms do not cover \(body.dataset)")
    }

    private func check(_ body: AcknowledgementEntry, _ entry: LedgerEntry, at index: LedgerIndex) throws(Breach) {
        try requireExchange(body.reference, before: index, of: body.client)
        _ = try registry.certificate(body.certificate, of: body.client, at: entry.sequenced)
        guard body.outcome == .received else { return }
        try require(
            exchanges.marks[body.reference]?.recordsRoot == body.recordsRoot, .commitment,
            "the partner confirms other records than entry \(body.reference) released")
    }
}

// Findings, erasures, oversight, the end of a log.
extension AuditReplay {
    private func check(_ body: FindingEntry, at index: LedgerIndex) throws(Breach) {
        guard let actor = registry.active(body.actor), actor.record.kind == .auditor else {
            throw Breach(.registryRight, "principal \(body.actor) is not an active auditor")
        }
        if let reference = body.reference {
            try require(reference < index, .reference, "it refers to entry \(reference), which does not come before it")
        }
    }

    /// A statement signed as SHA-256 with ES256 over the words, a zero byte and the statement.
    private func checkAuthority(
        _ authority: AgreementEntry.SignedStatement, actor: PrincipalNumber, _ words: String, _ rule: AuditRule, at moment: Timestamp
    ) throws(Breach) {
        try require(registry.active(actor) != nil, .registryRight, "principal \(actor) is not active")
        let certificate = try registry.certificate(authority.certificate, of: actor, at: moment)
        let key: ES256PublicKey
        do throws(CryptographyFault) {
            key = try ES256PublicKey(spkiDER: certificate.record.publicKey)
        } catch { throw Breach(rule, "the authority's key cannot be read") }
        let message = Array(words.utf8) + [0] + authority.bytes
        try require(key.isValid(authority.signature, for: message), rule, "the authority's signature is not good")
    }

    private mutating func apply(_ body: SuccessionEntry, at index: LedgerIndex) throws(Breach) {
        if !body.nextOrigin.isEmpty { hasEnded = true }
        try require(body.nextOrigin.isEmpty != body.previousOrigin.isEmpty, .succession, "it must name either the log after or the log before")
        try require(body.previousOrigin.isEmpty || index.value == 0, .succession, "only the first entry can name the log before")
    }
}
