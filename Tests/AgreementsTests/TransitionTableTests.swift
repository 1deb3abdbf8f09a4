@testable import Agreements
import Testing
import Vocabulary

/// Every state with every command, against the table of states and commands in Protocols/agreements.md: what is not in the table is refused.
@Suite struct TransitionTableTests {
    /// From (nil: before the draft), command, state after. What is missing is refused.
    static let table: [(from: Phase?, command: CommandKind, to: Phase)] = [
        (nil, .draft, .draft),
        (.draft, .edit, .draft),
        (.draft, .submit, .submitted),
        (.draft, .withdraw, .withdrawn),
        (.draft, .changeAnnex, .draft),
        (.submitted, .takeUp, .inReview),
        (.submitted, .withdraw, .withdrawn),
        (.submitted, .changeAnnex, .submitted),
        (.inReview, .giveBack, .returned),
        (.inReview, .advise, .inReview),
        (.inReview, .decide, .rejected),
        (.inReview, .changeAnnex, .inReview),
        (.returned, .edit, .returned),
        (.returned, .submit, .submitted),
        (.returned, .withdraw, .withdrawn),
        (.returned, .changeAnnex, .returned),
        (.approved, .sign, .approved),
        (.approved, .withdraw, .withdrawn),
        (.approved, .changeAnnex, .approved),
        (.signed, .activate, .active),
        (.signed, .withdraw, .withdrawn),
        (.signed, .changeAnnex, .signed),
        (.active, .suspend, .suspended),
        (.active, .terminate, .terminated),
        (.active, .expire, .expired),
        (.active, .changeAnnex, .active),
        (.suspended, .suspend, .suspended),
        (.suspended, .resume, .suspended),
        (.suspended, .terminate, .terminated),
        (.suspended, .expire, .expired),
        (.suspended, .changeAnnex, .suspended),
    ]

    @Test(arguments: [nil] + Phase.allCases.map { Optional($0) })
    func stateTakesExactlyTheCommandsOfTheTable(phase: Phase?) throws {
        let base = try Road.at(phase)
        for kind in CommandKind.allCases {
            var road = base
            if kind == .expire { road.now = Timestamp("2027-11-01T00:00:00Z")! }
            let expected = TransitionTableTests.table.first { $0.from == phase && $0.command == kind }?.to
            if let expected {
                try perform(kind, on: &road)
                #expect(road.state?.phase == expected, "\(String(describing: phase)) \(kind)")
                #expect(road.state?.revision == (base.state?.revision ?? 0) + 1)
            } else {
                #expect(throws: LifecycleRefusal.notPossible(phase, kind), "\(String(describing: phase)) \(kind)") {
                    try perform(kind, on: &road)
                }
                #expect(road.state == base.state)
            }
        }
    }

    @Test(arguments: Phase.allCases) func refusalNamesThePossibleStepsOfPeople(phase: Phase) {
        // Activation and expiry are the broker's own.
        let wanted = Set(TransitionTableTests.table.filter { $0.from == phase && ![.activate, .expire].contains($0.command) }.map(\.command))
        #expect(Set(phase.steps) == wanted && phase.steps.count == wanted.count)
        let message = LifecycleRefusal.notPossible(phase, .draft).message
        for step in wanted { #expect(message.contains(step.name)) }
        #expect(wanted.isEmpty == message.contains("final"))
    }

    /// The command as the person who may give it would give it.
    private func perform(_ kind: CommandKind, on road: inout Road) throws {
        let terms = try TermsFixture.terms()
        switch kind {
        case .draft: try road.act(.draft(terms, annex: Road.annex), .leeds, .requester)
        case .edit: try road.act(.edit(try TermsFixture.changedTerms(["title"], to: "Another title")), .leeds, .requester)
        case .submit: try road.act(.submit, .leeds, .requester)
        case .takeUp: try road.act(.takeUp(.none), .dwp, .caseOfficer)
        case .giveBack: try road.act(.giveBack(comment: Road.note), .dwp, .caseOfficer)
        case .advise:
            try road.act(.advise(try road.proof(road.person(.dwp, .legal), .legal, .noConcern, on: terms)), .dwp, .legal)
        case .decide:
            try road.act(.decide(try road.proof(road.person(.dwp, .assetOwner), .assetOwner, .reject, on: terms)), .dwp, .assetOwner)
        case .sign:
            try road.act(.sign(try road.proof(road.person(.dwp, .signatory), .signatory, .sign, on: terms)), .dwp, .signatory)
        case .activate: try road.actAsSystem(.activate)
        case .suspend: try road.act(.suspend, .leeds, .onCallSecurity)
        case .resume: try road.act(.resume(as: .assetOwner, remediation: Road.note), .dwp, .assetOwner)
        case .terminate: try road.act(.terminate(.atOnce), .leeds, .signatory)
        case .expire: try road.actAsSystem(.expire)
        case .withdraw: try road.act(.withdraw, .leeds, .requester)
        case .changeAnnex: try road.act(.changeAnnex(Road.note), .dwp, .caseOfficer)
        }
    }
}
