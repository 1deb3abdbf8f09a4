@testable import Agreements
import Cryptography
import Testing
import Vocabulary

/// Nobody decides or signs what they drafted; advice is not a decision; the decider is not the signatory.
@Suite struct SeparationOfDutyTests {
    /// A person with many hats, and a road on which that person drafted.
    private func drafter(_ roles: Set<OfficerRole>) throws -> (Road, Road.Person) {
        var road = try Road()
        let person = try Road.person(900, .leeds, roles.union([.requester]))
        try road.act(.draft(try TermsFixture.terms(), annex: nil), by: person)
        try road.act(.submit, .leeds, .requester)
        try road.act(.takeUp(.none), .dwp, .caseOfficer)
        return (road, person)
    }

    @Test func drafterDoesNotAdvise() throws {
        var (road, person) = try drafter([.legal])
        let proof = try road.proof(person, .legal, .noConcern)
        #expect(throws: LifecycleRefusal.drafterMayNot(.advise)) { try road.act(.advise(proof), by: person) }
    }

    @Test func drafterDoesNotDecide() throws {
        var (road, person) = try drafter([.assetOwner])
        try road.adviseAll(.leeds)
        let proof = try road.proof(person, .assetOwner, .approve)
        #expect(throws: LifecycleRefusal.drafterMayNot(.decide)) { try road.act(.decide(proof), by: person) }
    }

    @Test func drafterDoesNotSign() throws {
        var (road, person) = try drafter([.signatory])
        for side in [Road.Side.dwp, .leeds] {
            try road.adviseAll(side)
            try road.decide(side)
        }
        let proof = try road.proof(person, .signatory, .sign)
        #expect(throws: LifecycleRefusal.drafterMayNot(.sign)) { try road.act(.sign(proof), by: person) }
    }

    @Test func whoEditedOnceIsADrafterForGood() throws {
        var road = try Road()
        try road.draft()
        let editor = try Road.person(901, .dwp, [.caseOfficer, .assetOwner])
        try road.act(.edit(try TermsFixture.changedTerms(["title"], to: "By another hand")), by: editor)
        try road.act(.edit(try TermsFixture.terms()), .leeds, .requester)
        try road.act(.submit, .leeds, .requester)
        try road.act(.takeUp(.none), .dwp, .caseOfficer)
        try road.adviseAll(.dwp)
        let proof = try road.proof(editor, .assetOwner, .approve)
        #expect(throws: LifecycleRefusal.drafterMayNot(.decide)) { try road.act(.decide(proof), by: editor) }
    }

    @Test func adviserDoesNotDecide() throws {
        var road = try Road.at(.inReview)
        let person = try Road.person(902, .dwp, [.legal, .assetOwner])
        try road.act(.advise(try road.proof(person, .legal, .noConcern)), by: person)
        try road.advise(.dwp, .dataProtection)
        try road.advise(.dwp, .security)
        let proof = try road.proof(person, .assetOwner, .approve)
        #expect(throws: LifecycleRefusal.adviserMayNotDecide) { try road.act(.decide(proof), by: person) }
    }

    @Test func onePersonMayGiveSeveralKindsOfAdvice() throws {
        var road = try Road.at(.inReview)
        let person = try Road.person(903, .leeds, [.legal, .dataProtection, .security])
        for role in OfficerRole.advisers {
            try road.act(.advise(try road.proof(person, role, .noConcern)), by: person)
        }
        try road.decide(.leeds)
        #expect(road.state?.isBoardComplete(Road.Side.leeds.organisation) == true)
    }

    @Test func deciderDoesNotSign() throws {
        var road = try Road.at(.inReview)
        let person = try Road.person(904, .dwp, [.assetOwner, .signatory])
        try road.adviseAll(.dwp)
        try road.act(.decide(try road.proof(person, .assetOwner, .approve)), by: person)
        try road.adviseAll(.leeds)
        try road.decide(.leeds)
        let proof = try road.proof(person, .signatory, .sign)
        #expect(throws: LifecycleRefusal.deciderMayNotSign) { try road.act(.sign(proof), by: person) }
    }

    @Test func suspenderDoesNotResume() throws {
        var road = try Road.at(.active)
        try road.act(.suspend, .dwp, .assetOwner)
        #expect(throws: LifecycleRefusal.suspenderMayNotResume) {
            try road.act(.resume(as: .assetOwner, remediation: Road.note), .dwp, .assetOwner)
        }
    }

    @Test func resumingTakesTwoPeople() throws {
        var road = try Road.at(.suspended)
        let both = try Road.person(905, .dwp, [.assetOwner, .security])
        try road.act(.resume(as: .assetOwner, remediation: Road.note), by: both)
        #expect(road.state?.phase == .suspended)
        #expect(throws: LifecycleRefusal.secondPersonNeeded) { try road.act(.resume(as: .security, remediation: Road.note), by: both) }
        #expect(throws: LifecycleRefusal.secondPersonNeeded) {
            try road.act(.resume(as: .assetOwner, remediation: Road.note), .dwp, .assetOwner)
        }
        try road.act(.resume(as: .security, remediation: Road.note), .dwp, .security)
        #expect(road.state?.phase == .active)
    }

    @Test func partyLiftsItsOwnSuspensionOnly() throws {
        var road = try Road.at(.suspended)
        #expect(throws: LifecycleRefusal.notSuspendingParty) {
            try road.act(.resume(as: .security, remediation: Road.note), .leeds, .security)
        }
        try road.act(.suspend, .leeds, .caseOfficer)
        try road.act(.resume(as: .security, remediation: Road.note), .dwp, .security)
        try road.act(.resume(as: .assetOwner, remediation: Road.note), .dwp, .assetOwner)
        #expect(road.state?.phase == .suspended)
        try road.act(.resume(as: .security, remediation: Road.note), .leeds, .security)
        try road.act(.resume(as: .assetOwner, remediation: Road.note), .leeds, .assetOwner)
        #expect(road.state?.phase == .active)
    }

    @Test func brokersSuspensionIsLiftedByTheProvider() throws {
        var road = try Road.at(.active)
        try road.actAsSystem(.suspend)
        #expect(throws: LifecycleRefusal.notSuspendingParty) {
            try road.act(.resume(as: .security, remediation: Road.note), .leeds, .security)
        }
        try road.act(.resume(as: .security, remediation: Road.note), .dwp, .security)
        try road.act(.resume(as: .assetOwner, remediation: Road.note), .dwp, .assetOwner)
        #expect(road.state?.phase == .active)
    }

    @Test func onCallSecurityDoesNotResume() throws {
        var road = try Road.at(.suspended)
        #expect(throws: LifecycleRefusal.roleMissing([.assetOwner, .security])) {
            try road.act(.resume(as: .onCallSecurity, remediation: Road.note), .dwp, .onCallSecurity)
        }
    }

    @Test func suspendingTwiceIsRefused() throws {
        var road = try Road.at(.suspended)
        #expect(throws: LifecycleRefusal.alreadySuspended) { try road.act(.suspend, .dwp, .caseOfficer) }
    }
}
