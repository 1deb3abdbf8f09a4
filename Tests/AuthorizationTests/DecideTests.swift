import Agreements
import Cryptography
import Redaction
import Testing
import Tokens
import Vocabulary

@testable import Authorization

@Suite struct DecideTests {
    let fixture: GovernedFixture

    init() throws { fixture = try GovernedFixture() }

    private func denial(
        _ request: ExchangeRequest = GovernedFixture.request(), token: VerifiedToken? = nil, state: AgreementState? = nil,
        policy: AgreementPolicy?? = nil, at now: Timestamp = GovernedFixture.now, standing change: (inout RegistryStanding) -> Void = { _ in }
    ) throws -> DenialReason? {
        var standing = GovernedFixture.standing(schema: fixture.schema.digest)
        change(&standing)
        let agreement = GoverningAgreement(state: state ?? fixture.state, policy: policy ?? fixture.policy)
        switch decide(request, by: try token ?? fixture.token(), under: agreement, standing: standing, at: now) {
        case .permit: return nil
        case .deny(let reason): return reason
        }
    }

    private func request(_ change: (inout ExchangeRequest) -> Void) -> ExchangeRequest {
        var request = GovernedFixture.request()
        change(&request)
        return request
    }

    @Test func aRequestWithinTheTermsIsPermitted() throws {
        let agreement = GoverningAgreement(state: fixture.state, policy: fixture.policy)
        guard case .permit(let program, let charge) = decide(
            GovernedFixture.request(), by: try fixture.token(), under: agreement,
            standing: GovernedFixture.standing(schema: fixture.schema.digest), at: GovernedFixture.now)
        else {
            Issue.record("refused")
            return
        }
        // nino is leaf 0, award.amount_pence leaf 1.
        #expect(program.releasedLeaves == LeafSet([0]))
        #expect(program.transformedLeaves == LeafSet([1]))
        #expect(charge.day == CalendarDate("2026-11-23"))
        #expect(charge.rows == 100)
        #expect(charge.perDay == QuotaCharge.Bounds(rows: 10_000, bytes: 10_000_000, calls: 5_000))
        #expect(charge.perToken == QuotaCharge.Bounds(rows: 10_000, bytes: 10_000_000, calls: 5_000))
    }

    @Test func fewerFieldsGetANarrowerProgram() throws {
        let agreement = GoverningAgreement(state: fixture.state, policy: fixture.policy)
        guard case .permit(let program, _) = decide(
            request { $0.fields = [FieldPath("nino")!] }, by: try fixture.token(), under: agreement,
            standing: GovernedFixture.standing(schema: fixture.schema.digest), at: GovernedFixture.now)
        else {
            Issue.record("refused")
            return
        }
        #expect(program.releasedLeaves == LeafSet([0]))
        #expect(program.transformedLeaves.isEmpty)
        #expect(program.rowFilter == fixture.policy.full.rowFilter)
    }

    @Test func anotherAgreementThanTheTokens() throws {
        #expect(try denial(request { $0.agreement = AgreementID("ISA-2026-0043")! }) == .otherAgreement)
    }

    @Test func anotherVersionOrOtherTerms() throws {
        #expect(try denial(token: try fixture.token { $0.version = AgreementVersion(2)! }) == .otherVersion)
        #expect(try denial(token: try fixture.token { $0.policy = Digest.zero }) == .otherTerms)
    }

    @Test func beforeItsFirstAndAfterItsLastMoment() throws {
        #expect(try denial(at: Timestamp("2026-10-31T23:59:59.999999Z")!) == .notYetStarted)
        #expect(try denial(at: Timestamp("2027-10-31T23:59:59.999999Z")!, standing: { $0.certificateEnd = Timestamp("2028-01-01T00:00:00Z")! }) == nil)
        #expect(try denial(at: Timestamp("2027-11-01T00:00:00Z")!) == .expired)
    }

    @Test func suspendedAndTerminated() throws {
        var stopped = fixture
        try stopped.take(.suspend, by: GovernedFixture.officer(GovernedFixture.provider, .onCallSecurity), at: GovernedFixture.now)
        #expect(try denial(state: stopped.state) == .suspended)
        var ended = fixture
        try ended.take(.terminate(.atOnce), by: GovernedFixture.officer(GovernedFixture.consumer, .signatory), at: GovernedFixture.now)
        #expect(try denial(state: ended.state) == .terminated)
    }

    @Test func aNoticeOfTerminationHoldsFromItsDay() throws {
        var ending = fixture
        try ending.take(
            .terminate(.on(CalendarDate("2026-12-01")!)), by: GovernedFixture.officer(GovernedFixture.consumer, .signatory),
            at: GovernedFixture.now)
        #expect(try denial(state: ending.state, at: Timestamp("2026-11-30T23:59:59.999999Z")!) == nil)
        #expect(try denial(state: ending.state, at: Timestamp("2026-12-01T00:00:00Z")!) == .terminated)
    }

    @Test func anyoneRetiredStopsIt() throws {
        #expect(try denial(standing: { $0.isConsumerActive = false }) == .consumerRetired)
        #expect(try denial(standing: { $0.isClientActive = false }) == .clientRetired)
        #expect(try denial(standing: { $0.isCertificateActive = false }) == .certificateRetired)
        #expect(try denial(standing: { $0.isProviderActive = false }) == .providerRetired)
        #expect(try denial(standing: { $0.certificateStart = GovernedFixture.now.advanced(microseconds: 1) }) == .certificateNotYetValid)
        #expect(try denial(standing: { $0.certificateEnd = GovernedFixture.now.advanced(microseconds: -1) }) == .certificateExpired)
    }

    @Test func purposeLegalBasisAndOperation() throws {
        #expect(try denial(request { $0.purpose = PurposeCode("fraud")! }) == .purposeNotAllowed)
        #expect(try denial(token: try fixture.token { $0.purpose = PurposeCode("fraud")! }) == .purposeNotAllowed)
        #expect(try denial(token: try fixture.token { $0.legalBasis = LegalBasisCode("other")! }) == .legalBasisNotAllowed)
        #expect(try denial(request { $0.operation = .stream }) == .operationNotAllowed)
        #expect(try denial(request { $0.operation = .match }) == .operationNotAllowed)
        #expect(try denial(token: try fixture.token { $0.datasets[0].actions = [.query] }) == .operationNotAllowed)
    }

    @Test func theDatasetMustBeListedPresentAndUnchanged() throws {
        let other = DatasetID("uc.other")!
        #expect(try denial(request { $0.dataset = other }) == .datasetNotAllowed)
        #expect(try denial(token: try fixture.token { $0.datasets[0].id = other }) == .datasetNotAllowed)
        #expect(try denial(standing: { $0.datasetSchema = nil }) == .datasetGone)
        #expect(try denial(standing: { $0.datasetSchema = Digest.zero }) == .schemaChanged)
        #expect(try denial(token: try fixture.token { $0.datasets[0].schema = Digest.zero }) == .schemaChanged)
        #expect(try denial(token: try fixture.token { $0.datasets[0].rowFilter = nil }) == .rowFilterChanged)
        #expect(try denial(standing: { $0.datasetOwner = OrganisationID("hmrc") }) == .datasetNotTheProviders)
    }

    @Test func networkReidentificationAndEvidence() throws {
        #expect(try denial(request { $0.address = IPNetwork.address("10.21.0.1") }) == .networkNotAllowed)
        #expect(try denial(request { $0.address = nil }) == .networkNotAllowed)
        #expect(try denial(token: try fixture.token { $0.isReidentification = true }) == .reidentificationNotAllowed)
        let signed = try GovernedFixture { $0.setting("evidence", to: ["level": "field", "request": "signed"]) }
        let agreement = GoverningAgreement(state: signed.state, policy: signed.policy)
        for (isSigned, permitted) in [(false, false), (true, true)] {
            let decision = decide(
                request { $0.isSigned = isSigned }, by: try signed.token(), under: agreement,
                standing: GovernedFixture.standing(schema: signed.schema.digest), at: GovernedFixture.now)
            if case .permit = decision { #expect(permitted) } else { #expect(!permitted) }
        }
    }

    @Test func onlyListedFieldsMayBeSearched() throws {
        #expect(try denial(request { $0.search = .key([FieldPath("notes")!]) }) == .keyNotAllowed)
        #expect(try denial(request { $0.search = .key([]) }) == .keyNotAllowed)
        #expect(try denial(request { $0.search = .filter([FieldPath("nino")!]) }) == .filterNotAllowed)
        #expect(try denial(request { $0.search = .filter([]) }) == nil)
        #expect(try denial(request { $0.search = .match([FieldPath("nino")!]) }) == .matchNotAllowed)
    }

    @Test func everyFieldMustBeInTermsAndToken() throws {
        #expect(try denial(request { $0.fields = [FieldPath("notes")!] }) == .fieldNotInTerms)
        #expect(try denial(request { $0.fields = [FieldPath("nino")!, FieldPath("local_authority")!] }) == .fieldNotInTerms)
        #expect(try denial(request { $0.fields = [FieldPath("award")!] }) == .fieldNotInTerms)
        let narrow = try fixture.token { $0.datasets[0].fields = [FieldPath("nino")!] }
        #expect(try denial(request { $0.fields = [FieldPath("award.amount_pence")!] }, token: narrow) == .fieldNotInToken)
        let wide = try fixture.token { $0.datasets[0].fields = [FieldPath("nino")!, FieldPath("notes")!] }
        #expect(try denial(token: wide) == .tokenWiderThanTerms)
    }

    @Test func rowsForOneCall() throws {
        #expect(try denial(request { $0.maxRows = 101 }) == .tooManyRows)
        #expect(try denial(request { $0.maxRows = 0 }) == .tooManyRows)
        #expect(try denial(request { $0.maxRows = 11 }, token: try fixture.token { $0.limits.rowsPerCall = 10 }) == .tooManyRows)
        #expect(try denial(token: try fixture.token { $0.limits.rows = 10_001 }) == .tokenWiderThanTerms)
        #expect(try denial(token: try fixture.token { $0.limits.rowsPerCall = 101 }) == .tokenWiderThanTerms)
    }

    @Test func withoutAProgramNothingLeaves() throws {
        #expect(try denial(policy: .some(nil)) == .noProgram)
        let other = try GovernedFixture { $0.setting("title", to: "Other terms") }
        #expect(try denial(policy: other.policy) == .noProgram)
    }

    @Test func everyReasonHasItsOwnCode() {
        #expect(Set(DenialReason.allCases.map(\.rawValue)).count == DenialReason.allCases.count)
    }
}

@Suite struct PolicyTests {
    @Test func termsForAnotherSchemaDoNotCompile() throws {
        let fixture = try GovernedFixture()
        let strict = try DatasetSchema(
            packageName: "test", root: fixture.schema.root, labels: [:], keys: ["nino"], isSynthetic: true, isStrict: true)
        #expect(throws: PolicyFault.schemaChanged(GovernedFixture.dataset)) {
            try AgreementPolicy(terms: fixture.terms, dataset: GovernedFixture.dataset, schema: strict, recipient: GovernedFixture.consumer)
        }
    }

    @Test func aRememberedProgramMustBeANarrowerOneOfTheSamePolicy() throws {
        let fixture = try GovernedFixture()
        var policy = fixture.policy
        let narrow = try policy.program(for: LeafSet([0]))
        policy = try #require(policy.remembering(narrow))
        #expect(try policy.program(for: LeafSet([0])).digest == narrow.digest)
        let foreign = try RedactionProgram(
            schema: fixture.schema, rules: [ReleaseRule(path: FieldPath("notes")!, transform: .allow)], rowFilter: nil,
            context: fixture.policy.full.context)
        #expect(policy.remembering(foreign) == nil)
        #expect(throws: RedactionFault.self) { try policy.program(for: LeafSet([3])) }
    }
}

@Suite struct EntitlementTests {
    @Test func theEntitlementIsWhatTheTermsSay() throws {
        let fixture = try GovernedFixture()
        let detail = try fixture.detail
        #expect(detail.policy == fixture.terms.digest)
        #expect(detail.datasets[0].fields == [FieldPath("award.amount_pence")!, FieldPath("nino")!])
        #expect(detail.datasets[0].actions == [.read])
        #expect(detail.datasets[0].rowFilter == "rf:1")
        #expect(detail.limits == AuthorizationDetail.Limits(rows: 10_000, bytes: 10_000_000, calls: 5_000, rowsPerCall: 100))
        #expect(detail.classification == "OFFICIAL")
    }

    @Test func nobodyElseIsEntitled() throws {
        let fixture = try GovernedFixture()
        let standing = GovernedFixture.standing(schema: fixture.schema.digest)
        #expect(throws: DenialReason.notARecipient) {
            try TokenEntitlement.detail(
                for: GovernedFixture.provider, under: fixture.state, standing: standing, networks: [], at: GovernedFixture.now)
        }
        #expect(throws: DenialReason.expired) {
            try TokenEntitlement.detail(
                for: GovernedFixture.consumer, under: fixture.state, standing: standing, networks: [], at: Timestamp("2027-11-01T00:00:00Z")!)
        }
    }

    @Test func lifetimesStayWithinTermsAndCap() throws {
        let terms = try GovernedFixture().terms
        #expect(try TokenEntitlement.lifetime(asked: nil, terms: terms) == 300)
        #expect(try TokenEntitlement.lifetime(asked: 60, terms: terms) == 60)
        #expect(try TokenEntitlement.lifetime(asked: 600, terms: terms) == 300)
        #expect(throws: GrantFault.lifetime) { try TokenEntitlement.lifetime(asked: 601, terms: terms) }
        #expect(throws: GrantFault.lifetime) { try TokenEntitlement.lifetime(asked: 0, terms: terms) }
    }
}
