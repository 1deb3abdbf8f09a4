@testable import Agreements
import Testing
import Vocabulary

@Suite struct DelegationTests {
    private func delegation(
        from: String = "2026-01-01T00:00:00Z", until: String = "2030-01-01T00:00:00Z", label: PrivacyLabel = .personal,
        rows: UInt64 = 10_000, value: UInt64 = 0, thirdParties: Bool = false
    ) -> Delegation {
        Delegation(
            from: Timestamp(from)!, until: Timestamp(until)!, maxLabel: label, maxRowsPerDay: rows, maxValuePence: value,
            thirdParties: thirdParties)
    }

    private func sign(_ delegations: [Delegation], terms: MaterialTerms? = nil) throws -> Phase? {
        var road = try Road()
        try road.toApproved(terms)
        let signatory = try Road.person(910, .dwp, [.signatory], delegations: delegations)
        try road.act(.sign(try road.proof(signatory, .signatory, .sign)), by: signatory)
        return road.state?.phase
    }

    @Test func delegationThatJustCoversTheTermsIsEnough() throws {
        #expect(try sign([delegation()]) == .approved)
    }

    @Test func noDelegationIsRefused() {
        #expect(throws: LifecycleRefusal.delegation(.missing)) { try sign([]) }
    }

    @Test func delegationThatEndsThisMomentIsRefused() {
        #expect(throws: LifecycleRefusal.delegation(.ended)) { try sign([delegation(until: "2026-11-23T12:00:00Z")]) }
    }

    @Test func delegationThatStartsThisMomentHolds() throws {
        #expect(try sign([delegation(from: "2026-11-23T12:00:00Z")]) == .approved)
    }

    @Test func delegationOfTomorrowIsRefused() {
        #expect(throws: LifecycleRefusal.delegation(.notYetValid)) { try sign([delegation(from: "2026-11-24T00:00:00Z")]) }
    }

    @Test func moreSensitiveDataIsRefused() {
        #expect(throws: LifecycleRefusal.delegation(.sensitivity)) { try sign([delegation(label: .official)]) }
    }

    @Test func moreRowsAreRefused() {
        #expect(throws: LifecycleRefusal.delegation(.volume)) { try sign([delegation(rows: 9_999)]) }
    }

    @Test func higherChargeIsRefused() throws {
        let terms = try TermsFixture.changedTerms(["duties", "yearly_charge_pence"], to: 100)
        #expect(throws: LifecycleRefusal.delegation(.value)) { try sign([delegation(value: 99)], terms: terms) }
        #expect(try sign([delegation(value: 100)], terms: terms) == .approved)
    }

    @Test func thirdPartyIsRefused() throws {
        let terms = try TermsFixture.changedTerms(["parties", 0, "third_party_access"], to: "The council's contractor.")
        #expect(throws: LifecycleRefusal.delegation(.thirdParty)) { try sign([delegation()], terms: terms) }
        #expect(try sign([delegation(thirdParties: true)], terms: terms) == .approved)
    }

    @Test func oneOfSeveralDelegationsIsEnough() throws {
        #expect(try sign([delegation(until: "2026-02-01T00:00:00Z"), delegation()]) == .approved)
    }
}
