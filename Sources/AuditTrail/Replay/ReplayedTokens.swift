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
        /// The latest moment at which a call that arrived in time, or a stream that began in time, can take its place.
        let lastUse: Timestamp
        package internal(set) var isRevoked = false
        /// What left under it so far.
        var used = ReplayedExchanges.Usage()
    }

    package internal(set) var live: [Digest: Token] = [:]
    private var sweepAt = 4_096

    mutating func apply(
        _ entry: TokenEntry, at index: LedgerIndex, _ moment: Timestamp, registry: ReplayedRegistry, agreements: ReplayedAgreements,
        brokerEpoch: UInt64
    ) throws(Breach) {
        try require(entry.tokenDigest != Digest.zero, .commitment, "the token's digest is all zeros")
        switch entry.act {
        case .issued(let grant):
            try add(entry, grant, at: index, moment, registry, agreements, brokerEpoch)
        case .exchanged(let grant, let parent):
            guard let old = live[parent], !old.isRevoked, moment < old.grant.expiry else {
                throw Breach(.token, "the token it was exchanged for is not good")
            }
            try require(grant.expiry <= old.grant.expiry, .token, "it outlives the token it was exchanged for")
            try grant.allowance.check(within: old.grant.allowance)
            try add(entry, grant, at: index, moment, registry, agreements, brokerEpoch)
        case .revoked(let actor, _):
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
    }

    private mutating func add(
        _ entry: TokenEntry, _ grant: TokenEntry.Grant, at index: LedgerIndex, _ moment: Timestamp, _ registry: ReplayedRegistry,
        _ agreements: ReplayedAgreements, _ brokerEpoch: UInt64
    ) throws(Breach) {
        try require(live[entry.tokenDigest] == nil, .token, "the same token was issued before")
        guard let client = registry.active(entry.client), client.record.kind == .service else {
            throw Breach(.parties, "principal \(entry.client) is not an active service")
        }
        _ = try registry.certificate(grant.certificate, of: entry.client, at: moment)
        let state = try agreements.inForce(grant.agreementEntry, before: index, at: moment)
        guard let organisation = registry.organisations[client.record.organisation],
            state.terms.party(organisation.record.slug)?.role == .recipient
        else { throw Breach(.parties, "the client's organisation is not a recipient of the agreement") }
        let current = Epochs(agreement: state.epoch, organisation: organisation.epoch, client: client.epoch, broker: brokerEpoch)
        try require(grant.epochs == current, .epochs, "the token's counters are not those in force")
        // Claims hold whole seconds, so the expiry may round up to the next one.
        let latest = moment.advanced(seconds: ReplayLimits.maxTokenLife + 1)
        try require(grant.expiry > moment && grant.expiry <= latest, .token, "the token lives longer than \(ReplayLimits.maxTokenLife) s")
        try GrantCheck(allowance: grant.allowance, terms: state.terms, registry: registry).check()
        live[entry.tokenDigest] = Token(
            index: index, client: entry.client, grant: grant,
            lastUse: grant.expiry.advanced(seconds: EntryLimits.maxWaitSeconds + ReplayedTokens.stream(under: grant.allowance, state.terms)))
        sweep(at: moment)
    }

    /// Adds an exchange to what left under its token, and throws where that passes the token's limits.
    mutating func charge(_ entry: ExchangeEntry) throws(Breach) {
        guard var token = live[entry.tokenDigest] else { return }
        token.used.add(entry)
        live[entry.tokenDigest] = token
        let used = token.used, limits = token.grant.allowance.limits
        try require(
            UInt64(entry.rowsReleased) <= limits.rowsPerCall, .token,
            "\(entry.rowsReleased) rows left in one call, where the token allows \(limits.rowsPerCall)")
        try require(used.rows <= limits.rows, .token, "\(used.rows) rows left under its token, which allows \(limits.rows)")
        try require(used.bytes <= limits.bytes, .token, "\(used.bytes) bytes left under its token, which allows \(limits.bytes)")
        try require(used.calls <= limits.calls, .token, "\(used.calls) calls under its token, which allows \(limits.calls)")
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
