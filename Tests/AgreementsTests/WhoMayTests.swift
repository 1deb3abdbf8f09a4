@testable import Agreements
import Testing
import Vocabulary

/// Roles and sides: each step by everybody who may, and by nobody else.
@Suite struct WhoMayTests {
    struct Right: Sendable, CustomTestStringConvertible {
        let phase: Phase
        let kind: CommandKind
        /// Roles of the provider and of the recipient.
        let provider: [OfficerRole]
        let recipient: [OfficerRole]
        var testDescription: String { "\(kind) in \(phase)" }
    }

    static let rights = [
        Right(phase: .draft, kind: .edit, provider: [.caseOfficer], recipient: [.requester, .caseOfficer]),
        Right(phase: .draft, kind: .submit, provider: [], recipient: [.requester]),
        Right(phase: .draft, kind: .withdraw, provider: [], recipient: [.requester]),
        Right(phase: .submitted, kind: .withdraw, provider: [], recipient: [.requester]),
        Right(phase: .approved, kind: .withdraw, provider: [.assetOwner], recipient: [.requester]),
        Right(phase: .signed, kind: .withdraw, provider: [.assetOwner], recipient: [.requester]),
        Right(phase: .submitted, kind: .takeUp, provider: [.caseOfficer], recipient: []),
        Right(
            phase: .inReview, kind: .giveBack, provider: [.caseOfficer, .legal, .dataProtection, .security, .assetOwner],
            recipient: [.caseOfficer, .legal, .dataProtection, .security, .assetOwner]),
        Right(
            phase: .active, kind: .suspend, provider: [.caseOfficer, .assetOwner, .onCallSecurity],
            recipient: [.caseOfficer, .assetOwner, .onCallSecurity]),
        Right(phase: .active, kind: .terminate, provider: [.signatory], recipient: [.signatory]),
        Right(phase: .active, kind: .changeAnnex, provider: [.requester, .caseOfficer], recipient: [.requester, .caseOfficer]),
    ]

    @Test(arguments: rights)
    func stepIsTakenByTheRolesOfTheTableOnly(right: Right) throws {
        let base = try Road.at(right.phase)
        for (side, allowed) in [(Road.Side.dwp, right.provider), (.leeds, right.recipient)] {
            for role in OfficerRole.allCases {
                var road = base
                let command = try command(right.kind)
                if allowed.contains(role) {
                    try road.act(command, side, role)
                } else {
                    let refusal = #expect(throws: LifecycleRefusal.self, "\(side) \(role)") { try road.act(command, side, role) }
                    #expect(refusal?.isDenial == true)
                    #expect(road.state == base.state)
                }
            }
        }
    }

    private func command(_ kind: CommandKind) throws -> LifecycleCommand {
        switch kind {
        case .edit: .edit(try TermsFixture.changedTerms(["title"], to: "Another title"))
        case .submit: .submit
        case .withdraw: .withdraw
        case .takeUp: .takeUp(.managed(Road.note))
        case .giveBack: .giveBack(comment: Road.note)
        case .suspend: .suspend
        case .terminate: .terminate(.atOnce)
        case .changeAnnex: .changeAnnex(Road.note)
        case .draft, .advise, .decide, .sign, .activate, .resume, .expire: preconditionFailure("not in this table")
        }
    }

    @Test func strangersAndTheBrokerWithdrawNothing() throws {
        for phase in [Phase.approved, .signed] {
            var road = try Road.at(phase)
            #expect(throws: LifecycleRefusal.notAParty) { try road.act(.withdraw, .processor, .assetOwner) }
            #expect(throws: LifecycleRefusal.officerOnly(.withdraw)) { try road.actAsSystem(.withdraw) }
        }
    }

    /// What was withdrawn stays so: no signature, no activation, no edit brings it back.
    @Test func whatWasWithdrawnAfterApprovalIsOver() throws {
        for phase in [Phase.approved, .signed] {
            var road = try Road.at(phase)
            let epoch = road.state?.epoch
            try road.act(.withdraw, .dwp, .assetOwner)
            #expect(road.state?.phase == .withdrawn)
            #expect(road.state?.epoch == epoch)
            #expect(throws: LifecycleRefusal.notPossible(.withdrawn, .activate)) { try road.actAsSystem(.activate) }
            let proof = try road.proof(road.person(.leeds, .signatory), .signatory, .sign)
            #expect(throws: LifecycleRefusal.notPossible(.withdrawn, .sign)) { try road.act(.sign(proof), .leeds, .signatory) }
        }
    }

    @Test func strangerIsRefused() throws {
        var road = try Road.at(.submitted)
        #expect(throws: LifecycleRefusal.notAParty) { try road.act(.takeUp(.none), .processor, .caseOfficer) }
    }

    @Test func officersDoNotActivateOrExpire() throws {
        var road = try Road.at(.signed)
        #expect(throws: LifecycleRefusal.systemOnly(.activate)) { try road.act(.activate, .dwp, .assetOwner) }
        road = try Road.at(.active)
        #expect(throws: LifecycleRefusal.systemOnly(.expire)) { try road.act(.expire, .dwp, .assetOwner) }
    }

    @Test func systemDoesNotDecideOrTerminate() throws {
        var road = try Road.at(.active)
        #expect(throws: LifecycleRefusal.officerOnly(.terminate)) { try road.actAsSystem(.terminate(.atOnce)) }
        road = try Road.at(.inReview)
        let proof = try road.proof(road.person(.dwp, .assetOwner), .assetOwner, .reject)
        #expect(throws: LifecycleRefusal.officerOnly(.decide)) { try road.actAsSystem(.decide(proof)) }
    }

    @Test func roleOfAnotherOrganisationDoesNotCount() throws {
        var road = try Road.at(.inReview)
        let outsider = road.person(.processor, .legal)
        let proof = try road.proof(outsider, .legal, .noConcern)
        #expect(throws: LifecycleRefusal.notAParty) { try road.act(.advise(proof), by: outsider) }
    }
}
