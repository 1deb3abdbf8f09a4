import Agreements
import AuditTrail
import Authorization
import BrokerProtocol
import Cryptography
import Ledger
import Redaction
import Storage
import Tokens
import Vocabulary

extension BrokerCore {
    /// Every refusal of the grant is the same `invalid_scope`, whether the agreement is not the caller's, not in force, or not there.
    func issueToken(_ request: Concordat_V1_IssueTokenRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_IssueTokenResponse {
        guard call.caller.principal.kind == .service else {
            throw .denied(reason: "NOT_A_SERVICE", paths: [], message: "Tokens are given to services. Call with a service's certificate.")
        }
        let asked = try AskedGrant(request)
        let held = try await agreement(asked.agreement, call)
        let detail = try grant(asked, held, call)
        let allowance = try await allowance(of: detail, call)
        let expiry = try expiry(asked, held, at: call.arrived)
        let epochs = ledger.epochs(
            agreement: asked.agreement, organisation: call.caller.organisation.number, client: call.caller.principal.number)
        let claims = Claims(
            issuer: configuration.issuer, audience: configuration.audience, organisation: call.caller.organisation.id,
            client: call.caller.principal.id, issuedAt: expiry.issued, notBefore: expiry.issued, expiry: expiry.end,
            id: TokenID(at: call.arrived, random: randomness.bytes(10)), boundTo: call.caller.certificate.thumbprint, scope: detail.scope,
            detail: detail, epochs: epochs)
        let text: String
        do throws(TokenSignerFault) {
            text = try signer.token(claims)
        } catch {
            guard error == .tooLarge else { throw .internal(part: "token signer") }
            throw .invalid(field: "authorization_details", problem: "would make a token over 8,192 bytes; ask for fewer fields")
        }
        let receipt = try await recordIssue(claims, allowance, under: held, call)
        return .with {
            $0.accessToken = text
            $0.expiresIn = UInt32(clamping: claims.expiry.seconds - claims.issuedAt.seconds)
            $0.scope = claims.scope.text
            $0.authorizationDetails = String(decoding: JSONValue.array([detail.json]).text, as: UTF8.self)
            $0.ledgerIndex = receipt.index.value
        }
    }

    /// The agreement for a grant; what is not there, and what is not the caller's, are one refusal.
    private func agreement(_ id: AgreementID, _ call: Call) async throws(CallFault) -> HeldAgreement {
        try await read(call) { store throws(StorageFault) in
            switch try BrokerCore.held(id, by: call.caller, in: store) {
            case .done(let held): .done(held)
            case .refused(let fault): .refused(.invalidScope(reason: fault.recordedReason == "NOT_A_PARTY" ? "agreement_not_yours" : "agreement_unknown"))
            }
        }
    }

    private func grant(_ asked: AskedGrant, _ held: HeldAgreement, _ call: Call) throws(CallFault) -> AuthorizationDetail {
        let caller = call.caller
        let standing = RegistryStanding(
            isConsumerActive: true, isClientActive: true, isCertificateActive: true, certificateStart: caller.certificate.notBefore,
            certificateEnd: caller.certificate.notAfter, isProviderActive: true, datasetOwner: nil, datasetSchema: nil)
        var networks: [IPNetwork] = []
        do throws(TermsFault) {
            networks = try OperationalAnnex(bytes: held.stored.annex).networks.compactMap { IPNetwork($0) }
        } catch {
            throw .internal(part: "annex")
        }
        let full: AuthorizationDetail
        do throws(DenialReason) {
            full = try TokenEntitlement.detail(
                for: caller.organisation.id, under: held.state, standing: standing, networks: networks, at: call.arrived)
        } catch {
            throw .invalidScope(reason: error.rawValue)
        }
        do throws(GrantFault) {
            return try TokenGrant.narrow(full, to: asked.scope, and: asked.details)
        } catch {
            throw AskedGrant.fault(error)
        }
    }

    private func expiry(_ asked: AskedGrant, _ held: HeldAgreement, at now: Timestamp) throws(CallFault) -> (issued: Timestamp, end: Timestamp) {
        let lifetime: Int64
        do throws(GrantFault) {
            lifetime = try TokenEntitlement.lifetime(asked: asked.lifetime ?? Int64(configuration.tokenLifetime), terms: held.state.terms)
        } catch {
            throw AskedGrant.fault(error)
        }
        guard let issued = Timestamp(seconds: now.seconds) else { throw .internal(part: "clock") }
        return (issued, issued.advanced(seconds: lifetime))
    }

    private func recordIssue(
        _ claims: Claims, _ allowance: TokenAllowance, under held: HeldAgreement, _ call: Call
    ) async throws(CallFault) -> Receipt {
        guard let agreementEntry = held.stored.forceEntry else { throw .invalidScope(reason: "agreement_not_active") }
        let client = call.caller.principal.number
        let organisation = call.caller.organisation.number
        let (_, receipts) = try await recorded(call) { scope throws(StorageFault) -> Verdict<Bool> in
            // What the token will be compared with must be what it says now, or it would be born dead.
            guard scope.epochs.epochs(agreement: claims.detail.agreement, organisation: organisation, client: client) == claims.epochs else {
                return .refused(.unavailable(part: "token epochs"))
            }
            // Both could have ended while the act waited for its turn.
            guard scope.now < claims.expiry else { return .refused(.unavailable(part: "token lifetime")) }
            guard held.state.isInForce(at: scope.now) else { return .refused(.invalidScope(reason: "agreement_not_active")) }
            if let refusal = try BrokerCore.change(of: claims.detail, in: scope.store) { return .refused(refusal) }
            let grant = TokenEntry.Grant(
                agreementEntry: agreementEntry, certificate: claims.boundTo, expiry: claims.expiry, epochs: claims.epochs, allowance: allowance)
            let index = scope.record(.token(TokenEntry(act: .issued(grant), tokenDigest: claims.id.digest, client: client)))
            try scope.store.add(
                IssuedToken(
                    digest: claims.id.digest, client: client, agreement: claims.detail.agreement, expiry: claims.expiry, entry: index))
            return .done(true)
        }
        guard let receipt = receipts.first else { throw .internal(part: "token entry") }
        return receipt
    }
}

// What the ledger says of a grant.
extension BrokerCore {
    /// The grant with its fields as places in the datasets' schemas. Refused where a dataset has another schema now than the terms: nobody
    /// could say what such a token allows, and no call under it would be answered.
    private func allowance(of detail: AuthorizationDetail, _ call: Call) async throws(CallFault) -> TokenAllowance {
        let datasets: [TokenAllowance.Dataset] = try await read(call) { store throws(StorageFault) in
            var datasets: [TokenAllowance.Dataset] = []
            if let refusal = try BrokerCore.change(of: detail, in: store) { return .refused(refusal) }
            for granted in detail.datasets {
                guard let schema = try store.dataset(granted.id)?.opened().0 else { return .refused(.invalidScope(reason: "dataset_gone")) }
                let leaves = granted.fields.compactMap { schema.leafIndex($0) }
                guard leaves.count == granted.fields.count else { return .refused(.invalidScope(reason: "dataset_schema_changed")) }
                datasets.append(TokenAllowance.Dataset(id: granted.id, actions: granted.actions, fields: LeafSet(leaves)))
            }
            return .done(datasets)
        }
        return TokenAllowance(version: detail.version, purpose: detail.purpose, datasets: datasets, limits: detail.limits)
    }

    /// A refusal where the catalogue no longer has each dataset of the grant with the schema that it names.
    private static func change(of detail: AuthorizationDetail, in store: any StorageReading) throws(StorageFault) -> CallFault? {
        for granted in detail.datasets {
            guard let dataset = try store.dataset(granted.id) else { return .invalidScope(reason: "dataset_gone") }
            guard dataset.schemaDigest == granted.schema else { return .invalidScope(reason: "dataset_schema_changed") }
        }
        return nil
    }
}

/// What a client asks for, read strictly.
struct AskedGrant: Sendable {
    let agreement: AgreementID
    let scope: Scope?
    let details: DetailRequest?
    /// Seconds; nil for the usual lifetime.
    let lifetime: Int64?

    init(_ request: Concordat_V1_IssueTokenRequest) throws(CallFault) {
        do throws(GrantFault) {
            scope = request.scope.isEmpty ? nil : try Scope(request.scope)
            details = request.authorizationDetails.isEmpty ? nil : try DetailRequest(request.authorizationDetails)
        } catch {
            throw AskedGrant.fault(error)
        }
        guard let agreement = scope?.agreement ?? details?.agreement else {
            throw .invalidScope(reason: "scope_missing")
        }
        self.agreement = agreement
        guard request.lifetimeSeconds <= 600 else {
            throw .invalid(field: "lifetime_seconds", problem: "must be 1 to 600; leave it out for the usual lifetime")
        }
        lifetime = request.lifetimeSeconds == 0 ? nil : Int64(request.lifetimeSeconds)
    }

    static func fault(_ fault: GrantFault) -> CallFault {
        switch fault {
        case .scopeSyntax: .invalidScope(reason: "scope_syntax")
        case .scopeNotGranted: .invalidScope(reason: "scope_not_granted")
        case .detailsJSON: .invalidAuthorizationDetails(reason: "details_json")
        case .detailsMember: .invalidAuthorizationDetails(reason: "details_member")
        case .detailsType: .invalidAuthorizationDetails(reason: "details_type")
        case .lifetime: .invalid(field: "lifetime_seconds", problem: "must be 1 to 600; leave it out for the usual lifetime")
        case .tooLarge: .invalid(field: "authorization_details", problem: "would make a token over 8,192 bytes; ask for fewer fields")
        }
    }
}

extension AuthorizationDetail {
    /// What was granted, as a scope.
    var scope: Scope {
        Scope(
            agreement: agreement, version: version,
            datasets: datasets.flatMap { dataset in dataset.actions.map { Scope.DatasetTerm(dataset: dataset.id, action: $0) } },
            purpose: purpose)
    }
}
