@testable import Agreements
import Testing
import Vocabulary

/// Advice, decisions and signatures: what completes a board, and what voids it.
@Suite struct BoardTests {
    @Test func bothBoardsAndBothSignaturesMakeItSigned() throws {
        var road = try Road.at(.inReview)
        try road.adviseAll(.dwp)
        try road.decide(.dwp)
        try road.adviseAll(.leeds)
        #expect(road.state?.phase == .inReview)
        try road.decide(.leeds)
        #expect(road.state?.phase == .approved)
        try road.sign(.dwp)
        #expect(road.state?.phase == .approved)
        try road.sign(.leeds)
        #expect(road.state?.phase == .signed)
    }

    @Test(arguments: OfficerRole.advisers)
    func decisionWaitsForAllAdvice(missing: OfficerRole) throws {
        var road = try Road.at(.inReview)
        for role in OfficerRole.advisers where role != missing { try road.advise(.dwp, role) }
        #expect(throws: LifecycleRefusal.adviceMissing([missing])) { try road.decide(.dwp) }
    }

    @Test func adviceOfTheOtherPartyDoesNotCount() throws {
        var road = try Road.at(.inReview)
        try road.adviseAll(.leeds)
        #expect(throws: LifecycleRefusal.adviceMissing(OfficerRole.advisers)) { try road.decide(.dwp) }
    }

    @Test func concernNeedsAnAnswer() throws {
        var road = try Road.at(.inReview)
        try road.advise(.dwp, .legal, .concern)
        try road.advise(.dwp, .dataProtection)
        try road.advise(.dwp, .security)
        #expect(throws: LifecycleRefusal.reasonMissing) { try road.decide(.dwp) }
        try road.decide(.dwp, reason: Road.note)
        #expect(road.state?.isBoardComplete(Road.Side.dwp.organisation) == true)
    }

    @Test func departureFromAdviceGoesToTheRiskOwner() throws {
        var road = try Road.at(.inReview)
        try road.advise(.dwp, .legal)
        try road.advise(.dwp, .dataProtection, .mustNotProceed)
        try road.advise(.dwp, .security)
        #expect(throws: LifecycleRefusal.nothingToAccept) { try road.decide(.dwp, as: .seniorRiskOwner, reason: Road.note) }
        try road.decide(.dwp, reason: Road.note)
        try road.adviseAll(.leeds)
        try road.decide(.leeds)
        #expect(road.state?.phase == .inReview)
        #expect(throws: LifecycleRefusal.reasonMissing) { try road.decide(.dwp, as: .seniorRiskOwner) }
        try road.decide(.dwp, as: .seniorRiskOwner, reason: Road.note)
        #expect(road.state?.phase == .approved)
    }

    @Test func riskOwnersNoRejects() throws {
        var road = try Road.at(.inReview)
        try road.advise(.dwp, .legal, .mustNotProceed)
        try road.advise(.dwp, .dataProtection)
        try road.advise(.dwp, .security)
        try road.decide(.dwp, reason: Road.note)
        try road.decide(.dwp, .reject, as: .seniorRiskOwner, reason: Road.note)
        #expect(road.state?.phase == .rejected)
    }

    @Test func riskOwnerIsNotTheAssetOwner() throws {
        var road = try Road.at(.inReview)
        let both = try Road.person(906, .dwp, [.assetOwner, .seniorRiskOwner])
        try road.advise(.dwp, .legal)
        try road.advise(.dwp, .dataProtection, .mustNotProceed)
        try road.advise(.dwp, .security)
        try road.act(.decide(try road.proof(both, .assetOwner, .approve, reason: Road.note)), by: both)
        let proof = try road.proof(both, .seniorRiskOwner, .approve, reason: Road.note)
        #expect(throws: LifecycleRefusal.secondPersonNeeded) { try road.act(.decide(proof), by: both) }
    }

    @Test func riskOwnerHasNoSayWithoutADeparture() throws {
        var road = try Road.at(.inReview)
        try road.adviseAll(.dwp)
        try road.decide(.dwp)
        #expect(throws: LifecycleRefusal.nothingToAccept) { try road.decide(.dwp, as: .seniorRiskOwner, reason: Road.note) }
    }

    @Test func adviceStandsOnceTheBoardHasDecided() throws {
        var road = try Road.at(.inReview)
        try road.adviseAll(.dwp)
        try road.advise(.dwp, .legal, .concern)
        #expect(road.state?.endorsement(of: Road.Side.dwp.organisation, as: .legal)?.decision == .concern)
        try road.decide(.dwp, reason: Road.note)
        #expect(throws: LifecycleRefusal.alreadyDecided) { try road.advise(.dwp, .legal) }
        #expect(throws: LifecycleRefusal.alreadyDecided) { try road.decide(.dwp) }
    }

    @Test func noColleagueReplacesAnAdvisersWord() throws {
        var road = try Road.at(.inReview)
        // Legal adviser and asset owner in one: whoever has advised may not decide, whatever a colleague says afterwards.
        let both = try Road.person(907, .dwp, [.legal, .assetOwner])
        try road.act(.advise(try road.proof(both, .legal, .noConcern)), by: both)
        #expect(throws: LifecycleRefusal.adviceOfAnother) { try road.advise(.dwp, .legal) }
        try road.advise(.dwp, .dataProtection)
        try road.advise(.dwp, .security)
        let proof = try road.proof(both, .assetOwner, .approve)
        #expect(throws: LifecycleRefusal.adviserMayNotDecide) { try road.act(.decide(proof), by: both) }
    }

    @Test func editVoidsAdviceAndDecisions() throws {
        var road = try Road.at(.inReview)
        try road.adviseAll(.dwp)
        try road.decide(.dwp)
        try road.act(.giveBack(comment: Road.note), .leeds, .legal)
        try road.act(.edit(try TermsFixture.changedTerms(["limits", "rows_per_day"], to: 9_999)), .leeds, .requester)
        #expect(road.state?.endorsements == [])
        try road.act(.submit, .leeds, .requester)
        try road.act(.takeUp(.none), .dwp, .caseOfficer)
        #expect(throws: LifecycleRefusal.adviceMissing(OfficerRole.advisers)) { try road.decide(.dwp) }
    }

    @Test func returnWithoutAnEditKeepsAdvice() throws {
        var road = try Road.at(.inReview)
        try road.adviseAll(.dwp)
        try road.act(.giveBack(comment: Road.note), .leeds, .legal)
        try road.act(.submit, .leeds, .requester)
        try road.act(.takeUp(.none), .dwp, .caseOfficer)
        try road.decide(.dwp)
        #expect(road.state?.isBoardComplete(Road.Side.dwp.organisation) == true)
    }

    @Test func statementOnTheTermsBeforeAnEditIsRefused() throws {
        var road = try Road.at(.inReview)
        let old = try road.proof(road.person(.dwp, .legal), .legal, .noConcern)
        try road.act(.giveBack(comment: Road.note), .dwp, .caseOfficer)
        try road.act(.edit(try TermsFixture.changedTerms(["title"], to: "Another title")), .leeds, .requester)
        try road.act(.submit, .leeds, .requester)
        try road.act(.takeUp(.none), .dwp, .caseOfficer)
        #expect(throws: LifecycleRefusal.statement(.otherTerms)) { try road.act(.advise(old), .dwp, .legal) }
    }

    @Test func statementFromBeforeThisReviewIsRefused() throws {
        var road = try Road()
        try road.draft()
        let early = try road.proof(road.person(.dwp, .legal), .legal, .noConcern)
        road.now = road.now.advanced(seconds: 301)
        try road.act(.submit, .leeds, .requester)
        try road.act(.takeUp(.none), .dwp, .caseOfficer)
        #expect(throws: LifecycleRefusal.statementTime) { try road.act(.advise(early), .dwp, .legal) }
    }

    @Test(arguments: [(-601, false), (-600, true), (300, true), (301, false)] as [(Int64, Bool)])
    func statementIsTakenWithinItsTimeOnly(offset: Int64, isTaken: Bool) throws {
        var road = try Road.at(.inReview)
        road.now = road.now.advanced(seconds: 3_600)
        let person = road.person(.dwp, .legal)
        let proof = try road.proof(person, .legal, .noConcern, time: road.now.advanced(seconds: offset))
        if isTaken {
            try road.act(.advise(proof), by: person)
        } else {
            #expect(throws: LifecycleRefusal.statementTime) { try road.act(.advise(proof), by: person) }
        }
    }

    @Test func statementOfAnotherPersonIsRefused() throws {
        var road = try Road.at(.inReview)
        let proof = try road.proof(road.person(.dwp, .legal), .legal, .noConcern)
        let other = try Road.person(907, .dwp, [.legal])
        #expect(throws: LifecycleRefusal.statementNotYours) { try road.act(.advise(proof), by: other) }
    }

    @Test func decisionInAnAdvisersCommandIsRefused() throws {
        var road = try Road.at(.inReview)
        let proof = try road.proof(road.person(.dwp, .assetOwner), .assetOwner, .reject)
        #expect(throws: LifecycleRefusal.statement(.otherRole)) { try road.act(.advise(proof), .dwp, .assetOwner) }
    }

    @Test func processorSignsButHasNoBoard() throws {
        guard case .list(let parties)? = TermsFixture.material["parties"] else { return }
        let processor: DocumentNode = [
            "organisation": "data-house", "name": "Data House", "role": "processor", "controller": "processor",
        ]
        var road = try Road()
        try road.toApproved(try TermsFixture.changedTerms(["parties"], to: .list(parties + [processor])))
        #expect(road.state?.phase == .approved)
        try road.sign(.dwp)
        try road.sign(.leeds)
        #expect(road.state?.phase == .approved)
        try road.sign(.processor)
        #expect(road.state?.phase == .signed)
    }

    @Test func partySignsOnce() throws {
        var road = try Road.at(.approved)
        try road.sign(.dwp)
        #expect(throws: LifecycleRefusal.alreadySigned) { try road.sign(.dwp) }
    }
}
