import Agreements
import Cryptography
import Vocabulary

/// The tokens that may still be used, as the ledger alone says. Those under which nothing can arrive in the log any more are forgotten: using
/// one is a finding either way.
package struct ReplayedTokens: Sendable {
    package struct Token: Sendable {
        package let index: LedgerIndex
        package let client: PrincipalNumber
        package let grant: TokenEntry.Grant
        /// The token that it was exchanged for; it dies with that one, and what leaves under it counts for that one too.
        package let parent: Digest?
        /// Exchanges between it and the token that was issued.
        let depth: Int
        /// The whole second in which it was asked for, which is its `iat`.
        let asked: Timestamp
        /// The token keys that may have signed it.
        let signers: [String]
        /// The latest moment at which a call that arrived in time, or a stream that began in time, can take its place.
        let lastUse: Timestamp
        package internal(set) var isRevoked = false
        /// What left under it and under those exchanged from it so far.
        var used = ReplayedExchanges.Usage()
    }

    /// An entry's place in the log: its times, and what holds there.
    struct Place: Sendable {
        let index: LedgerIndex
        let arrived: Timestamp
        let sequenced: Timestamp
        let registry: ReplayedRegistry
        let agreements: ReplayedAgreements
        let keys: ReplayedKeys

        /// Whether an act that can only come after that moment may say that it arrived when it does: a clock is set back a little now and then.
        func mayHaveArrived(after moment: Timestamp) -> Bool {
            arrived.advanced(seconds: ReplayLimits.maxClockStepBack) >= moment
        }

        /// The counters in force for a client under an agreement.
        func epochs(of client: PrincipalNumber, under state: AgreementState) -> Epochs {
            let known = registry.principals[client]
            return Epochs(
                agreement: state.epoch, organisation: known.flatMap { registry.organisations[$0.record.organisation]?.epoch } ?? 0,
                client: known?.epoch ?? 0, broker: keys.brokerEpoch)
        }

        /// Throws where the call arrived after every key was gone that may have signed the token. The broker goes on with a key until the entry
        /// that ends it is durable.
        func requireKey(of token: Token) throws(Breach) {
            guard let gone = keys.gone(token.signers) else { return }
            try require(
                arrived <= gone.advanced(seconds: EntryLimits.maxWaitSeconds), .key,
                "it arrived at \(arrived), and the key that signed its token was gone at \(gone)")
        }
    }

    package internal(set) var live: [Digest: Token] = [:]
    private var sweepAt = 4_096

    mutating func apply(_ entry: TokenEntry, at place: Place) throws(Breach) {
        try require(entry.tokenDigest != Digest.zero, .commitment, "the token's digest is all zeros")
        switch entry.act {
        case .issued(let grant): try add(entry, grant, parent: nil, depth: 0, at: place)
        case .exchanged(let grant, let parent):
            guard let old = live[parent], place.sequenced < old.grant.expiry else {
                throw Breach(.token, "the token it was exchanged for was never issued, or has expired")
            }
            try require(
                place.mayHaveArrived(after: old.asked), .token,
                "it was asked for at \(place.arrived), and the token it was exchanged for only at \(old.asked)")
            try requireGood(parent, at: place)
            try place.requireKey(of: old)
            try require(
                old.depth < ReplayLimits.maxTokenDepth, .token, "it is more than \(ReplayLimits.maxTokenDepth) exchanges away from the token that was issued")
            let agreements = place.agreements
            try require(
                agreements.byEntry[grant.agreementEntry]?.key == agreements.byEntry[old.grant.agreementEntry]?.key, .token,
                "it is under another agreement or version than the token it was exchanged for")
            try require(grant.expiry <= old.grant.expiry, .token, "it outlives the token it was exchanged for")
            try grant.allowance.check(within: old.grant.allowance)
            try add(entry, grant, parent: parent, depth: old.depth + 1, at: place)
        case .revoked(let actor, _): try revoke(entry, by: actor, place.registry)
        }
    }

    private mutating func revoke(_ entry: TokenEntry, by actor: PrincipalNumber, _ registry: ReplayedRegistry) throws(Breach) {
        guard let token = live[entry.tokenDigest], token.client == entry.client else {
            throw Breach(.token, "the token was not issued to this client, or has expired")
        }
        try require(!token.isRevoked, .token, "the token was revoked before")
        guard let principal = registry.active(actor) else { throw Breach(.registryRight, "principal \(actor) is not active") }
        let own = registry.principals[entry.client]?.record.organisation
        let isOwn = actor == entry.client
        let isOperator = registry.organisations[principal.record.organisation]?.isOperator ?? false
        let mayRevoke = principal.record.kind == .administrator && (principal.record.organisation == own || isOperator)
        try require(isOwn || mayRevoke, .registryRight, "principal \(actor) may not revoke this token")
        live[entry.tokenDigest]?.isRevoked = true
    }

    private mutating func add(
        _ entry: TokenEntry, _ grant: TokenEntry.Grant, parent: Digest?, depth: Int, at place: Place
    ) throws(Breach) {
        let (registry, moment) = (place.registry, place.sequenced)
        try require(live[entry.tokenDigest] == nil, .token, "the same token was issued before")
        try require(place.keys.isTokenKeyActive, .key, "no token key is in use, so nothing could have signed the token")
        guard let client = registry.active(entry.client), client.record.kind == .service else {
            throw Breach(.parties, "principal \(entry.client) is not an active service")
        }
        _ = try registry.certificate(grant.certificate, of: entry.client, at: moment)
        let state = try place.agreements.inForce(grant.agreementEntry, before: place.index, at: moment)
        guard let organisation = registry.organisations[client.record.organisation],
            state.terms.party(organisation.record.slug)?.role == .recipient
        else { throw Breach(.parties, "the client's organisation is not a recipient of the agreement") }
        try require(grant.epochs == place.epochs(of: entry.client, under: state), .epochs, "the token's counters are not those in force")
        try require(grant.expiry > moment, .token, "the token had ended before it took its place")
        let asked = Timestamp(seconds: place.arrived.seconds) ?? place.arrived
        let life = min(Int64(clamping: state.terms.limits.tokenSeconds), ReplayLimits.maxTokenLife)
        try require(
            grant.expiry <= asked.advanced(seconds: life), .token,
            "the token ends at \(grant.expiry), more than the \(life) s that it may live after \(asked), when it was asked for")
        try GrantCheck(allowance: grant.allowance, terms: state.terms, registry: registry).check()
        live[entry.tokenDigest] = Token(
            index: place.index, client: entry.client, grant: grant, parent: parent, depth: depth,
            asked: asked, signers: place.keys.signers(since: place.arrived),
            lastUse: grant.expiry.advanced(seconds: EntryLimits.maxWaitSeconds + ReplayedTokens.stream(under: grant.allowance, state.terms)))
        sweep(at: moment)
    }

    /// The token and those that it came from, the issued one last. None of them is forgotten before it: it expires first, and streams no longer.
    private func line(from digest: Digest) -> [Digest] {
        var line: [Digest] = []
        var next: Digest? = digest
        while let digest = next, let token = live[digest] {
            line.append(digest)
            next = token.parent
        }
        return line
    }

    /// Throws where that token, or one that it came from, was revoked or has other counters than those in force.
    func requireGood(_ digest: Digest, at place: Place) throws(Breach) {
        for token in line(from: digest).compactMap({ live[$0] }) {
            try require(!token.isRevoked, .token, "a token that it was exchanged from, entry \(token.index), was revoked before")
            guard let key = place.agreements.byEntry[token.grant.agreementEntry]?.key, let state = place.agreements.states[key] else { continue }
            try require(
                token.grant.epochs == place.epochs(of: token.client, under: state), .token,
                "a token that it was exchanged from, entry \(token.index), was issued under counters that are no longer in force")
        }
    }

    /// Adds an exchange to what left under its token and those that it came from, and throws where that passes the limits of one of them.
    /// - Parameter rowsOfCall: what the parts of the exchange have released so far, because they are one call.
    mutating func charge(_ entry: ExchangeEntry, rowsOfCall: UInt64) throws(Breach) {
        let line = line(from: entry.tokenDigest)
        for digest in line { live[digest]?.used.add(entry) }
        for token in line.compactMap({ live[$0] }) {
            let used = token.used, limits = token.grant.allowance.limits
            let name = "the token of entry \(token.index)"
            try require(
                rowsOfCall <= limits.rowsPerCall, .token,
                "\(rowsOfCall) rows left in one call, where \(name) allows \(limits.rowsPerCall)")
            try require(used.rows <= limits.rows, .token, "\(used.rows) rows left under \(name), which allows \(limits.rows)")
            try require(used.bytes <= limits.bytes, .token, "\(used.bytes) bytes left under \(name), which allows \(limits.bytes)")
            try require(used.calls <= limits.calls, .token, "\(used.calls) calls under \(name), which allows \(limits.calls)")
        }
    }

    /// Seconds that a stream under the token may run.
    private static func stream(under allowance: TokenAllowance, _ terms: MaterialTerms) -> Int64 {
        let mayStream = terms.datasets.contains { allowance.dataset($0.dataset) != nil && $0.operations.contains(.stream) }
        return mayStream ? Int64(clamping: terms.limits.streamSeconds) : 0
    }

    private mutating func sweep(at moment: Timestamp) {
        guard live.count > sweepAt else { return }
        live = live.filter { $0.value.lastUse >= moment }
        sweepAt = max(4_096, live.count * 2)
    }
}

extension ReplayedAgreements {
    /// The agreement that an entry put in force, where it is still in force at that moment.
    func inForce(_ entry: LedgerIndex, before index: LedgerIndex, at moment: Timestamp) throws(Breach) -> AgreementState {
        try require(entry < index, .agreementInForce, "it names entry \(entry), which does not come before it")
        guard let named = byEntry[entry] else { throw Breach(.agreementInForce, "entry \(entry) is no step of an agreement") }
        try require(
            named.phase == .active, .agreementInForce, "entry \(entry) leaves \(named.key.agreement) \(named.phase.rawValue), not active")
        guard let state = states[named.key] else { throw Breach(.agreementInForce, "\(named.key.agreement) is not known") }
        try require(
            state.isInForce(at: moment), .agreementInForce,
            "\(named.key.agreement) is \(ReplayedAgreements.word(state, at: moment)) at \(moment)")
        return state
    }

    private static func word(_ state: AgreementState, at moment: Timestamp) -> String {
        let phase = state.effectivePhase(at: moment)
        return phase == .active ? "not yet started" : phase.rawValue
    }
}
