import Agreements
import Cryptography
import Redaction
import Tokens
import Vocabulary

/// Whether this request may be answered, under this agreement, at this moment; and if so, by which program and at what charge.
///
/// Everything that is not expressly allowed is refused. The token says what was granted, the terms what was signed, and both must allow
/// it: a token that says more than the terms is no use. The function reads no clock, store or network, so the same arguments always
/// give the same answer.
package func decide(
    _ request: ExchangeRequest, by token: VerifiedToken, under agreement: GoverningAgreement, standing: RegistryStanding, at now: Timestamp
) -> Decision {
    let question = Question(request: request, signed: token.signed, agreement: agreement, standing: standing, now: now)
    do throws(DenialReason) {
        try question.requireSameAgreement()
        try question.requireInForce()
        try question.requireStanding()
        try question.requirePurpose()
        let dataset = try question.requireDataset()
        try question.requireConditions(dataset)
        try question.requireSearch(dataset)
        let program = try question.requireFields(dataset)
        return .permit(program, try question.requireRows())
    } catch {
        return .deny(error)
    }
}

/// One request with all that bears on it. Each step below throws the first reason for which it must be refused.
private struct Question {
    let request: ExchangeRequest
    let signed: SignedClaims
    let agreement: GoverningAgreement
    let standing: RegistryStanding
    let now: Timestamp

    private var terms: MaterialTerms { agreement.state.terms }
    private var claims: Claims { signed.claims }
    private var detail: AuthorizationDetail { signed.claims.detail }

    /// The request, the token and the agreement are about the same signed words.
    func requireSameAgreement() throws(DenialReason) {
        guard request.agreement == detail.agreement, request.agreement == agreement.state.agreement else { throw .otherAgreement }
        guard detail.version == agreement.state.version else { throw .otherVersion }
        guard detail.policy == agreement.state.termsDigest else { throw .otherTerms }
    }

    func requireInForce() throws(DenialReason) {
        switch agreement.state.effectivePhase(at: now) {
        case .active: break
        case .suspended: throw .suspended
        case .expired: throw .expired
        case .terminated: throw .terminated
        case .draft, .submitted, .inReview, .returned, .approved, .signed, .withdrawn, .rejected: throw .notActive
        }
        guard now >= terms.period.startsAt else { throw .notYetStarted }
    }

    func requireStanding() throws(DenialReason) {
        guard let party = terms.party(claims.organisation), party.role == .recipient else { throw .notARecipient }
        guard standing.isConsumerActive else { throw .consumerRetired }
        guard standing.isClientActive else { throw .clientRetired }
        guard standing.isCertificateActive else { throw .certificateRetired }
        guard now >= standing.certificateStart else { throw .certificateNotYetValid }
        guard now <= standing.certificateEnd else { throw .certificateExpired }
        guard standing.isProviderActive else { throw .providerRetired }
    }

    func requirePurpose() throws(DenialReason) {
        guard request.purpose == terms.purpose.code, request.purpose == detail.purpose else { throw .purposeNotAllowed }
        guard detail.legalBasis == terms.law.gateway else { throw .legalBasisNotAllowed }
    }

    /// What the terms and the token say of the dataset asked for.
    struct Dataset {
        let terms: DatasetTerms
        let granted: AuthorizationDetail.Dataset
    }

    func requireDataset() throws(DenialReason) -> Dataset {
        guard let dataset = terms.dataset(request.dataset) else { throw .datasetNotAllowed }
        guard let granted = detail.datasets.first(where: { $0.id == request.dataset }) else { throw .datasetNotAllowed }
        guard dataset.operations.contains(request.operation) else { throw .operationNotAllowed }
        guard granted.actions.contains(TokenAction(for: request.operation)) else { throw .operationNotAllowed }
        guard let owner = standing.datasetOwner, let schema = standing.datasetSchema else { throw .datasetGone }
        guard terms.party(owner)?.role == .provider else { throw .datasetNotTheProviders }
        guard schema == dataset.schema, schema == granted.schema else { throw .schemaChanged }
        guard granted.rowFilter == TokenEntitlement.rowFilterName(of: dataset, in: terms) else { throw .rowFilterChanged }
        return Dataset(terms: dataset, granted: granted)
    }

    func requireConditions(_ dataset: Dataset) throws(DenialReason) {
        guard !detail.isReidentification else { throw .reidentificationNotAllowed }
        if !detail.network.isEmpty {
            guard let address = request.address, detail.network.contains(where: { $0.contains(address) }) else { throw .networkNotAllowed }
        }
        if terms.evidence.request == .signed {
            guard request.isSigned else { throw .evidenceMissing }
        }
    }

    /// A search reveals what it tests, so only listed fields may be searched.
    func requireSearch(_ dataset: Dataset) throws(DenialReason) {
        switch request.search {
        case .key(let fields):
            guard !fields.isEmpty, fields.allSatisfy(dataset.terms.keyFields.contains) else { throw .keyNotAllowed }
        case .filter(let fields):
            guard fields.allSatisfy(dataset.terms.filterFields.contains) else { throw .filterNotAllowed }
        case .match(let fields):
            guard !fields.isEmpty, fields.allSatisfy(dataset.terms.matchKeys.contains) else { throw .matchNotAllowed }
        }
    }

    /// The program for the fields asked for, all of which the token and the terms allow.
    func requireFields(_ dataset: Dataset) throws(DenialReason) -> RedactionProgram {
        guard let policy = agreement.policy, policy.termsDigest == agreement.state.termsDigest, policy.dataset == request.dataset,
            policy.recipient == claims.organisation
        else { throw .noProgram }
        guard let granted = policy.leaves(of: dataset.granted.fields) else { throw .tokenWiderThanTerms }
        // A request that names no field asks for all that the token grants.
        guard let wanted = request.fields.isEmpty ? granted : policy.leaves(of: request.fields) else { throw .fieldNotInTerms }
        guard wanted.isSubset(of: granted) else { throw .fieldNotInToken }
        do throws(RedactionFault) { return try policy.program(for: wanted) } catch { throw .noProgram }
    }

    func requireRows() throws(DenialReason) -> QuotaCharge {
        let limits = terms.limits
        guard detail.limits.rowsPerCall <= limits.rowsPerCall, detail.limits.rows <= limits.rowsPerDay,
            detail.limits.bytes <= limits.bytesPerDay, detail.limits.calls <= limits.callsPerDay
        else { throw .tokenWiderThanTerms }
        guard request.maxRows >= 1, request.maxRows <= detail.limits.rowsPerCall else { throw .tooManyRows }
        return QuotaCharge(claims: claims, limits: limits, rows: request.maxRows, now: now)
    }
}
