@testable import Agreements
import Testing
import Vocabulary

/// Start, end, notice: what holds at a moment, whether or not somebody recorded it.
@Suite struct PeriodTests {
    private let lastMoment = Timestamp("2027-10-31T23:59:59.999999Z")!
    private let end = Timestamp("2027-11-01T00:00:00Z")!

    @Test func activeAgreementHoldsUntilTheLastMicrosecondOfItsEndDate() throws {
        let state = try #require(try Road.at(.active).state)
        #expect(state.isInForce(at: lastMoment))
        #expect(!state.isInForce(at: end))
        #expect(state.effectivePhase(at: lastMoment) == .active)
        #expect(state.effectivePhase(at: end) == .expired)
        #expect(state.phase == .active)
    }

    @Test func expiredAgreementTakesNoStepButExpire() throws {
        var road = try Road.at(.active)
        road.now = end
        let last = TermsFixture.material["period"]!["end"]!.string!
        #expect(throws: LifecycleRefusal.ended(CalendarDate(last)!)) { try road.act(.suspend, .dwp, .onCallSecurity) }
        #expect(throws: LifecycleRefusal.ended(CalendarDate(last)!)) { try road.act(.terminate(.atOnce), .dwp, .signatory) }
        try road.actAsSystem(.expire)
        #expect(road.state?.phase == .expired)
    }

    @Test func suspendedAgreementExpiresTooAndIsNotResumed() throws {
        var road = try Road.at(.suspended)
        road.now = end
        #expect(road.state?.effectivePhase(at: end) == .expired)
        #expect(throws: LifecycleRefusal.ended(CalendarDate("2027-10-31")!)) {
            try road.act(.resume(as: .security, remediation: Road.note), .dwp, .security)
        }
    }

    @Test func expiryBeforeTheEndIsRefused() throws {
        var road = try Road.at(.active)
        road.now = lastMoment
        #expect(throws: LifecycleRefusal.notDue) { try road.actAsSystem(.expire) }
    }

    @Test func activationWaitsForTheStart() throws {
        var road = try Road()
        try road.toApproved(try TermsFixture.changedTerms(["period", "start"], to: "2026-12-01"))
        try road.sign(.dwp)
        try road.sign(.leeds)
        #expect(throws: LifecycleRefusal.notStarted(CalendarDate("2026-12-01")!)) { try road.actAsSystem(.activate) }
        road.now = Timestamp("2026-12-01T00:00:00Z")!
        try road.actAsSystem(.activate)
        #expect(road.state?.isInForce(at: road.now) == true)
    }

    @Test func activationNeedsEnrolledRecipients() throws {
        var road = try Road.at(.signed)
        #expect(throws: LifecycleRefusal.recipientsNotEnrolled) { try road.actAsSystem(.activate, road.context(enrolled: false)) }
    }

    @Test func noticeEndsTheAgreementOnItsDay() throws {
        var road = try Road.at(.active)
        let day = CalendarDate("2027-01-15")!
        try road.act(.terminate(.on(day)), .dwp, .signatory)
        #expect(road.state?.phase == .active)
        #expect(road.state?.isInForce(at: Timestamp("2027-01-14T23:59:59Z")!) == true)
        #expect(road.state?.effectivePhase(at: day.startOfDayUTC) == .terminated)
        #expect(throws: LifecycleRefusal.terminationDate) { try road.act(.terminate(.on(CalendarDate("2027-02-01")!)), .leeds, .signatory) }
        road.now = day.startOfDayUTC
        #expect(throws: LifecycleRefusal.notPossible(.terminated, .suspend)) { try road.act(.suspend, .dwp, .onCallSecurity) }
        try road.actAsSystem(.expire)
        #expect(road.state?.phase == .terminated)
    }

    @Test(arguments: ["2026-11-23", "2026-11-01", "2027-11-01"])
    func noticeForTodayThePastOrAfterTheEndIsRefused(day: String) throws {
        var road = try Road.at(.active)
        #expect(throws: LifecycleRefusal.terminationDate) { try road.act(.terminate(.on(CalendarDate(day)!)), .dwp, .signatory) }
    }

    @Test func epochRisesWithEveryStop() throws {
        var road = try Road.at(.active)
        let first = try #require(road.state?.epoch)
        try road.act(.suspend, .dwp, .onCallSecurity)
        #expect(road.state?.epoch == first + 1)
        try road.act(.resume(as: .security, remediation: Road.note), .dwp, .security)
        try road.act(.resume(as: .assetOwner, remediation: Road.note), .dwp, .assetOwner)
        try road.act(.terminate(.atOnce), .dwp, .signatory)
        #expect(road.state?.epoch == first + 2)
    }

    @Test func submissionNeedsADryRunThatPassed() throws {
        var road = try Road.at(.draft)
        let requester = road.person(.leeds, .requester)
        #expect(throws: LifecycleRefusal.dryRunNotRun) { try road.act(.submit, by: requester, road.context(dryRun: .notRun)) }
        let problem = TermsProblem(.unknownField, path: "x", fault: "is unknown", remedy: "Correct it.")
        #expect(throws: LifecycleRefusal.dryRunFailed([problem])) {
            try road.act(.submit, by: requester, road.context(dryRun: .failed([problem])))
        }
    }

    @Test func inconsistentGatewayIsNotSubmitted() throws {
        var road = try Road()
        try road.draft(try TermsFixture.changedTerms(["law", "gateway_check"], to: "inconsistent"))
        let problem = TermsProblem(
            .legalBasis, path: "law.gateway_check", fault: "is inconsistent",
            remedy: "Use a gateway that covers these parties and this purpose.")
        #expect(throws: LifecycleRefusal.termsIncomplete([problem])) { try road.act(.submit, .leeds, .requester) }
    }

    @Test func editKeepsTheAssignedNameAndVersion() throws {
        var road = try Road.at(.draft)
        let other = try TermsFixture.changedTerms(["agreement"], to: "ISA-2026-0043")
        #expect(throws: LifecycleRefusal.otherAgreement) { try road.act(.edit(other), .leeds, .requester) }
        #expect(throws: LifecycleRefusal.unchangedTerms) { try road.act(.edit(try TermsFixture.terms()), .leeds, .requester) }
    }
}
