import Agreements
import Cryptography
import Redaction
import Vocabulary

/// The gates of one EXCHANGE: each a question that the ledger alone must answer with yes.
///
/// Written apart from `decide`, so that a fault in the one does not hide in the other.
struct ExchangeCheck {
    let entry: ExchangeEntry
    let place: ReplayedTokens.Place
    let tokens: ReplayedTokens

    private var registry: ReplayedRegistry { place.registry }
    private var agreements: ReplayedAgreements { place.agreements }

    /// The agreement, where every gate is passed; the first breach otherwise.
    func agreement() throws(Breach) -> AgreementState {
        let state = try agreements.inForce(entry.agreementEntry, before: place.index, at: place.sequenced)
        try require(entry.termsDigest == state.termsDigest, .agreementInForce, "it names other terms than those in force")
        if let began = state.activatedAt {
            try require(
                place.mayHaveArrived(after: began), .agreementInForce,
                "it arrived at \(place.arrived), and the agreement came into force only at \(began)")
        }
        try checkPurpose(state.terms)
        try checkParties(state.terms)
        try checkEpochs(state)
        try checkToken()
        try checkFields(try dataset(state.terms))
        try tokens.live[entry.tokenDigest]?.grant.allowance.check(entry)
        try checkEvidence(state.terms)
        return state
    }

    private func checkPurpose(_ terms: MaterialTerms) throws(Breach) {
        try require(entry.purpose == terms.purpose.code, .purpose, "the terms allow the purpose \(terms.purpose.code), not \(entry.purpose)")
        try require(
            entry.legalBasis == terms.law.gateway, .purpose, "the terms rest on \(terms.law.gateway), not on \(entry.legalBasis)")
        guard let dataset = terms.dataset(entry.dataset) else { throw Breach(.purpose, "the terms do not cover \(entry.dataset)") }
        try require(
            dataset.operations.contains(entry.operation), .purpose, "the terms do not allow a \(entry.operation.name) of \(entry.dataset)")
    }

    private func checkParties(_ terms: MaterialTerms) throws(Breach) {
        guard let consumer = registry.organisations[entry.consumer], consumer.isActive,
            terms.party(consumer.record.slug)?.role == .recipient
        else { throw Breach(.parties, "organisation \(entry.consumer) is not an active recipient under the terms") }
        guard let provider = registry.organisations[entry.provider], provider.isActive,
            terms.party(provider.record.slug)?.role == .provider
        else { throw Breach(.parties, "organisation \(entry.provider) is not an active provider under the terms") }
        guard let client = registry.active(entry.client), client.record.kind == .service,
            client.record.organisation == entry.consumer
        else { throw Breach(.parties, "principal \(entry.client) is not an active service of organisation \(entry.consumer)") }
        _ = try registry.certificate(entry.certificate, of: entry.client, at: place.sequenced)
    }

    private func checkEpochs(_ state: AgreementState) throws(Breach) {
        let current = place.epochs(of: entry.client, under: state)
        let pairs = [
            ("agreement", entry.epochs.agreement, current.agreement),
            ("organisation", entry.epochs.organisation, current.organisation),
            ("client", entry.epochs.client, current.client),
            ("broker", entry.epochs.broker, current.broker),
        ]
        for (name, seen, now) in pairs {
            try require(seen == now, .epochs, "it saw the \(name)'s counter at \(seen), when \(now) was in force")
        }
    }

    private func checkToken() throws(Breach) {
        guard let token = tokens.live[entry.tokenDigest] else { throw Breach(.token, "its token was never issued, or expired long before") }
        try require(!token.isRevoked, .token, "its token was revoked before")
        try require(token.client == entry.client, .token, "its token was issued to principal \(token.client)")
        try require(token.grant.certificate == entry.certificate, .token, "its token is bound to another certificate")
        // A stream may run on after its token expires, or the key that signed it is gone; it must have begun before.
        try require(place.arrived < token.grant.expiry, .token, "its token expired at \(token.grant.expiry), before the call arrived")
        try require(
            place.mayHaveArrived(after: token.asked), .token, "it arrived at \(place.arrived), and its token was asked for only at \(token.asked)")
        try require(token.grant.epochs == entry.epochs, .token, "its token was issued under other counters")
        try place.requireKey(of: token)
        let granted = agreements.byEntry[token.grant.agreementEntry]?.key
        try require(granted == agreements.byEntry[entry.agreementEntry]?.key, .token, "its token was issued under another agreement")
        if let parent = token.parent { try tokens.requireGood(parent, at: place) }
    }

    private func dataset(_ terms: MaterialTerms) throws(Breach) -> (DatasetTerms, DatasetSchema) {
        guard let wanted = terms.dataset(entry.dataset), let known = registry.datasets[entry.dataset], known.isActive else {
            throw Breach(.purpose, "\(entry.dataset) is not in the catalogue")
        }
        try require(known.record.owner == entry.provider, .parties, "\(entry.dataset) is not organisation \(entry.provider)'s")
        try require(known.record.schemaDigest == wanted.schema, .purpose, "the schema of \(entry.dataset) is not the one of the terms")
        try require(
            known.mayBeRead(entry.datasetRevision, by: place.arrived), .purpose,
            "revision \(entry.datasetRevision) of \(entry.dataset) was not in force when the call arrived or later; that is \(known.record.revision)")
        // An entry is about one page of one search, which looks at no row twice.
        let rows = known.rows(of: entry.datasetRevision)
        try require(
            UInt64(entry.rowsRead) <= rows, .quota,
            "\(entry.rowsRead) rows were read, where revision \(entry.datasetRevision) of \(entry.dataset) holds \(rows)")
        return (wanted, known.schema)
    }

    private func checkFields(_ dataset: (terms: DatasetTerms, schema: DatasetSchema)) throws(Breach) {
        var allowed = LeafSet(), changed = LeafSet()
        for rule in dataset.terms.fields {
            guard let leaf = dataset.schema.leafIndex(rule.path), rule.transform.releases else { continue }
            if rule.transform == .allow { allowed.insert(leaf) } else { changed.insert(leaf) }
        }
        try requireSubset(entry.fieldsReleased, of: allowed, dataset.schema, "left as the source holds them, which the terms do not allow")
        try requireSubset(entry.fieldsTransformed, of: changed, dataset.schema, "left transformed, which the terms do not say")
        try requireSubset(entry.fieldsAsked, of: allowed.union(changed), dataset.schema, "were asked for and not refused")
        let left = entry.fieldsReleased.union(entry.fieldsTransformed)
        try requireSubset(left, of: entry.fieldsAsked, dataset.schema, "left without having been asked for")
        try require(
            entry.rowsReleased == 0 || !left.isEmpty, .fields, "\(entry.rowsReleased) rows left, and no field that left in them is named")
    }

    private func requireSubset(_ set: LeafSet, of other: LeafSet, _ schema: DatasetSchema, _ fault: String) throws(Breach) {
        guard !set.isSubset(of: other) else { return }
        let extra = set.indexes.filter { !other.contains($0) }
        let names = extra.prefix(8).map { schema.leaves.indices.contains($0) ? schema.leaves[$0].path.description : "field \($0)" }
        throw Breach(.fields, "\(names.joined(separator: ", ")) \(fault)")
    }

    private func checkEvidence(_ terms: MaterialTerms) throws(Breach) {
        try require(terms.evidence.request == .none || entry.evidence != nil, .signature, "the terms ask for signed requests; this one has no signature")
        guard let evidence = entry.evidence else { return }
        let key = registry.certificates.values.first { $0.index == evidence.key }
        try require(key?.record.principal == entry.client, .signature, "entry \(evidence.key) does not enrol a certificate of the client")
    }
}
