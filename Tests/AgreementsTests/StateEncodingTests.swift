@testable import Agreements
import Testing
import Vocabulary

@Suite struct StateEncodingTests {
    @Test(arguments: Phase.allCases)
    func stateReadsBackInEveryPhase(phase: Phase) throws {
        let state = try #require(try Road.at(phase).state)
        let again = try AgreementState(bytes: state.bytes)
        #expect(again == state)
        #expect(again.bytes == state.bytes)
    }

    @Test func halfLiftedSuspensionAndNoticeReadBack() throws {
        var road = try Road.at(.active)
        try road.act(.terminate(.on(CalendarDate("2027-01-15")!)), .dwp, .signatory)
        try road.actAsSystem(.suspend)
        try road.act(.suspend, .leeds, .onCallSecurity)
        try road.act(.resume(as: .security, remediation: Road.note), .leeds, .security)
        let state = try #require(road.state)
        #expect(try AgreementState(bytes: state.bytes) == state)
    }

    @Test func mutatedBytesAreRefusedOrAnotherState() throws {
        let state = try #require(try Road.at(.suspended).state)
        for index in state.bytes.indices {
            var bytes = state.bytes
            bytes[index] ^= 1 << (index % 8)
            guard let read = try? AgreementState(bytes: bytes) else { continue }
            #expect(read != state)
            #expect(read.bytes == bytes)
        }
    }

    @Test func suspensionsOutsideSuspendedAreRefused() throws {
        let suspended = try #require(try Road.at(.suspended).state)
        var state = suspended
        state.phase = .active
        #expect(throws: TermsFault.self) { try AgreementState(bytes: state.bytes) }
    }

    @Test(arguments: CommandKind.allCases)
    func commandReadsBackFromTheLedgersFields(kind: CommandKind) throws {
        let road = try Road.at(.inReview)
        let terms = try TermsFixture.terms()
        let proof = try road.proof(road.person(.dwp, .legal), .legal, .noConcern)
        let commands: [LifecycleCommand]
        switch kind {
        case .draft: commands = [.draft(terms, annex: Road.annex), .draft(terms, annex: nil)]
        case .edit: commands = [.edit(terms)]
        case .submit: commands = [.submit]
        case .takeUp: commands = [.takeUp(.none), .takeUp(.managed(Road.note))]
        case .giveBack: commands = [.giveBack(comment: Road.note)]
        case .advise: commands = [.advise(proof)]
        case .decide: commands = [.decide(proof)]
        case .sign: commands = [.sign(proof)]
        case .activate: commands = [.activate]
        case .suspend: commands = [.suspend]
        case .resume: commands = [.resume(as: .security, remediation: Road.note)]
        case .terminate: commands = [.terminate(.atOnce), .terminate(.on(CalendarDate("2027-01-15")!))]
        case .expire: commands = [.expire]
        case .withdraw: commands = [.withdraw]
        case .changeAnnex: commands = [.changeAnnex(Road.annex)]
        }
        for command in commands {
            #expect(command.kind == kind)
            let annex: Bool = if case .draft(_, nil) = command { false } else { true }
            let again = try LifecycleCommand(
                kind: kind, parameters: command.parameters, terms: terms, annex: annex ? Road.annex : nil, proof: proof)
            #expect(again == command)
        }
    }

    @Test func parametersThatACommandHasNotAreRefused() throws {
        #expect(throws: TermsFault.wire(.notCanonical)) { try LifecycleCommand(kind: .submit, parameters: [0x08, 0x01]) }
        #expect(throws: TermsFault.wire(.missing(field: 2))) { try LifecycleCommand(kind: .giveBack, parameters: []) }
    }
}
