import Agreements
import Cryptography
import ProtobufWire
import Redaction
import Tokens
import Vocabulary

@testable import Authorization

/// One active agreement that took the whole road with real signatures, and a token for it.
struct GovernedFixture {
    static let origin = "ledger.example/test"
    static let now = Timestamp("2026-11-23T12:00:00Z")!
    static let provider = OrganisationID("dwp")!
    static let consumer = OrganisationID("leeds-cc")!
    static let client = ClientID("leeds-cc-ctr")!
    static let certificate = Thumbprint(Digest([UInt8](repeating: 0x11, count: 32))!)
    static let dataset = DatasetID("uc.awards")!

    let schema: DatasetSchema
    let terms: MaterialTerms
    var state: AgreementState
    let policy: AgreementPolicy

    static func schema() throws -> DatasetSchema {
        let award = try MessageSchema(
            name: "Award", fields: [try FieldSchema(number: 1, name: "amount_pence", type: .scalar(.int64), cardinality: .optional)])
        let root = try MessageSchema(
            name: "Record",
            fields: [
                try FieldSchema(number: 1, name: "nino", type: .scalar(.string), cardinality: .optional),
                try FieldSchema(number: 2, name: "award", type: .message(award), cardinality: .repeated),
                try FieldSchema(number: 3, name: "local_authority", type: .scalar(.string), cardinality: .optional),
                try FieldSchema(number: 4, name: "notes", type: .scalar(.string), cardinality: .optional),
            ])
        return try DatasetSchema(packageName: "test", root: root, labels: [:], keys: ["nino"], isSynthetic: true)
    }

    static func document(schema: Digest) -> DocumentNode {
        [
            "agreement": "ISA-2026-0042", "version": 1, "title": "Council tax reduction in Leeds", "type": "recurring",
            "instrument": "memorandum",
            "parties": [
                ["organisation": "leeds-cc", "name": "Leeds City Council", "role": "recipient", "controller": "controller"],
                ["organisation": "dwp", "name": "Department for Work and Pensions", "role": "provider", "controller": "controller"],
            ],
            "purpose": [
                "code": "council-tax-reduction", "text": "Working out council tax reduction.",
                "why_not_less": "The scheme counts earnings.", "public_benefit": "People get what they are due.",
                "automated_decisions": "human-review",
            ],
            "law": [
                "legal_power": "Functions of the billing authority.", "gateway": "WRA2012-s131",
                "gateway_text": "Welfare Reform Act 2012, section 131.", "article_6": "public-task", "gateway_check": "consistent",
                "register_version": "2026-10",
            ],
            "dpia": ["reference": "DPIA-77", "outcome": "proceed", "residual_risk": "low"],
            "datasets": [
                [
                    "id": "uc.awards", "schema": .string(schema.hex), "operations": ["query"],
                    "fields": [
                        ["path": "nino", "transform": "allow", "necessity": "To find the claim."],
                        [
                            "path": "award.amount_pence", "transform": "round", "parameters": ["base": 100, "mode": "half_up"],
                            "necessity": "The scheme counts whole pounds.",
                        ],
                    ],
                    "row_filter": ["equals": ["field": "local_authority", "value": "E08000035"]], "key_fields": ["nino"],
                    "subjects": "Universal Credit claimants",
                ]
            ],
            "exchange": ["pattern": "query", "frequency": "As claims change"],
            "limits": [
                "rows_per_call": 100, "rows_per_day": 10000, "bytes_per_day": 10_000_000, "calls_per_day": 5000, "token_seconds": 300,
                "stream_seconds": 600,
            ],
            "security": ["classification": "official", "privacy_label": "personal", "storage_location": "United Kingdom"],
            "evidence": ["level": "field", "request": "none"],
            "duties": [
                "retention_days": 365, "retention_trigger": "End of the award", "disposal": "erase", "onward_disclosure": "prohibited",
                "reidentification": "prohibited", "linkage": "prohibited", "breach_notice_hours": 24, "audit_right": true,
            ],
            "period": ["start": "2026-11-01", "end": "2027-10-31", "review": "2027-06-01", "renewal_notice_days": 60],
        ]
    }

    init(change: (DocumentNode) -> DocumentNode = { $0 }) throws {
        schema = try GovernedFixture.schema()
        terms = try MaterialTerms(document: change(GovernedFixture.document(schema: schema.digest)))
        policy = try AgreementPolicy(terms: terms, dataset: GovernedFixture.dataset, schema: schema, recipient: GovernedFixture.consumer)
        state = try Road(terms: terms).active()
    }

    mutating func take(_ command: LifecycleCommand, by actor: LifecycleActor, at moment: Timestamp) throws {
        let context = TransitionContext(origin: GovernedFixture.origin, reason: ReasonCode("TEST")!, dryRun: .passed, recipientsEnrolled: true)
        state = try transition(state, command, by: actor, in: context, at: moment)
    }

    static func officer(_ organisation: OrganisationID, _ role: OfficerRole) -> LifecycleActor {
        let base: UInt32 = organisation == provider ? 1_000 : 2_000
        let delegation = Delegation(
            from: Timestamp("2026-01-01T00:00:00Z")!, until: Timestamp("2028-01-01T00:00:00Z")!, maxLabel: .restrictedRecord,
            maxRowsPerDay: 1_000_000, thirdParties: false)
        return .officer(
            Officer(
                principal: PrincipalNumber(base + UInt32(role.number)), organisation: organisation, roles: [role],
                delegations: role == .signatory ? [delegation] : []))
    }

    var detail: AuthorizationDetail {
        get throws {
            try TokenEntitlement.detail(
                for: GovernedFixture.consumer, under: state, standing: GovernedFixture.standing(schema: schema.digest),
                networks: [IPNetwork("10.20.0.0/16")!], at: GovernedFixture.now)
        }
    }

    static func standing(schema: Digest) -> RegistryStanding {
        RegistryStanding(
            isConsumerActive: true, isClientActive: true, isCertificateActive: true,
            certificateStart: Timestamp("2026-01-01T00:00:00Z")!, certificateEnd: Timestamp("2027-01-01T00:00:00Z")!,
            isProviderActive: true, datasetOwner: provider, datasetSchema: schema)
    }

    /// A token that passed every check, with the detail changed before it was signed.
    func token(_ change: (inout AuthorizationDetail) -> Void = { _ in }) throws -> VerifiedToken {
        var detail = try detail
        change(&detail)
        let key = try ES256PrivateKey.generate()
        let claims = Claims(
            issuer: "https://broker.example", audience: "https://broker.example/exchange", organisation: GovernedFixture.consumer,
            client: GovernedFixture.client, issuedAt: GovernedFixture.now, notBefore: GovernedFixture.now,
            expiry: GovernedFixture.now.advanced(seconds: 300),
            id: TokenID(at: GovernedFixture.now, random: [UInt8](repeating: 1, count: 10)), boundTo: GovernedFixture.certificate,
            scope: Scope(
                agreement: detail.agreement, version: detail.version,
                datasets: [Scope.DatasetTerm(dataset: GovernedFixture.dataset, action: .read)], purpose: detail.purpose),
            detail: detail, epochs: Epochs(agreement: 1, organisation: 1, client: 1, broker: 1))
        var cache = SignatureCache()
        return try VerifiedToken(
            try SignedToken(try TokenSigner(key).token(claims)),
            by: TokenVerifier(issuer: claims.issuer, audience: claims.audience, keys: TokenKeys([key.publicKey])!), cache: &cache,
            peer: TokenPeer(certificate: GovernedFixture.certificate, client: GovernedFixture.client), now: GovernedFixture.now,
            revocations: RevocationSnapshot(
                broker: 1, agreements: [detail.agreement: 1], organisations: [GovernedFixture.consumer: 1],
                clients: [GovernedFixture.client: 1]))
    }

    static func request() -> ExchangeRequest {
        ExchangeRequest(
            agreement: AgreementID("ISA-2026-0042")!, dataset: dataset, operation: .query, purpose: PurposeCode("council-tax-reduction")!,
            fields: [], search: .key([FieldPath("nino")!]), maxRows: 100, address: IPNetwork.address("10.20.1.1"))
    }
}

/// Draft to active, each step by the officer whose it is.
private struct Road {
    let terms: MaterialTerms
    private let key: ES256PrivateKey

    init(terms: MaterialTerms) throws {
        self.terms = terms
        key = try ES256PrivateKey.generate()
    }

    func active() throws -> AgreementState {
        let (provider, consumer) = (GovernedFixture.provider, GovernedFixture.consumer)
        var state = try step(nil, .draft(terms, annex: nil), GovernedFixture.officer(consumer, .requester))
        state = try step(state, .submit, GovernedFixture.officer(consumer, .requester))
        state = try step(state, .takeUp(.none), GovernedFixture.officer(provider, .caseOfficer))
        for organisation in [provider, consumer] {
            for role in OfficerRole.advisers { state = try say(state, organisation, role, .noConcern) }
            state = try say(state, organisation, .assetOwner, .approve)
        }
        for organisation in [provider, consumer] { state = try say(state, organisation, .signatory, .sign) }
        return try step(state, .activate, .system)
    }

    private func say(
        _ state: AgreementState, _ organisation: OrganisationID, _ role: OfficerRole, _ word: StatementDecision
    ) throws -> AgreementState {
        let actor = GovernedFixture.officer(organisation, role)
        guard case .officer(let officer) = actor else { return state }
        let statement = Statement(origin: GovernedFixture.origin, terms: terms, role: role, decision: word, time: GovernedFixture.now)
        let proof = try VerifiedStatement(
            bytes: statement.bytes, signature: try key.sign(statement.signingInput), key: key.publicKey, signer: officer.principal,
            expected: StatementSubject(origin: GovernedFixture.origin, terms: terms, role: role))
        let command: LifecycleCommand = role == .signatory ? .sign(proof) : role == .assetOwner ? .decide(proof) : .advise(proof)
        return try step(state, command, actor)
    }

    private func step(_ state: AgreementState?, _ command: LifecycleCommand, _ actor: LifecycleActor) throws -> AgreementState {
        let context = TransitionContext(origin: GovernedFixture.origin, reason: ReasonCode("TEST")!, dryRun: .passed, recipientsEnrolled: true)
        return try transition(state, command, by: actor, in: context, at: GovernedFixture.now)
    }
}
