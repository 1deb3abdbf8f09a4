import BrokerProtocol
import Testing

@testable import Broker

/// What one party says to the other with a step reaches the other, and nobody else; the reason of a signed step stays with its own side.
@Suite(.serialized) struct CommentTests {
    private func events(_ running: RunningBroker, _ agreement: String, as name: String) async throws -> [Concordat_V1_AgreementHistory.Event] {
        let history: Concordat_V1_AgreementHistory = try await running.call(
            name, "AgreementService/GetAgreementHistory", Concordat_V1_GetAgreementRequest.with { $0.agreement = agreement })
        return history.events
    }

    @Test func aCommentIsShownToThePartiesAndTheReasonOfASignedStepToItsOwnSide() async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        try await running.importAwards()
        let draft: Concordat_V1_AgreementChange = try await running.call(
            "leeds-requester", "AgreementService/DraftAgreement",
            Concordat_V1_DraftAgreementRequest.with { $0.document = try! YAMLDocument.parse(RunningBroker.terms, file: "terms.yaml") })
        var step = Concordat_V1_TransitionRequest.with { $0.agreement = draft.agreement }
        let _: Concordat_V1_AgreementChange = try await running.call("leeds-requester", "AgreementService/Submit", step)
        let _: Concordat_V1_AgreementChange = try await running.call("dwp-case", "AgreementService/TakeUp", step)
        try await running.give("dwp-adviser", draft.agreement, .legal, .concern, "Advise", reason: "Privileged.")
        step.comment = "Why does the scheme need the local authority?"
        let _: Concordat_V1_AgreementChange = try await running.call("dwp-case", "AgreementService/Return", step)
        step.comment = "We ask again next year."
        let _: Concordat_V1_AgreementChange = try await running.call("leeds-requester", "AgreementService/Withdraw", step)
        let said = ["Why does the scheme need the local authority?", "We ask again next year."]
        for name in ["leeds-requester", "leeds-owner"] {
            #expect(try await events(running, draft.agreement, as: name).map(\.comment).filter { !$0.isEmpty } == said)
        }
        // The decider on the adviser's side has to answer the advice.
        for name in ["dwp-case", "dwp-owner"] {
            #expect(try await events(running, draft.agreement, as: name).map(\.comment).filter { !$0.isEmpty } == ["Privileged."] + said)
        }
        #expect(try await events(running, draft.agreement, as: "auditor").map(\.comment).allSatisfy(\.isEmpty))
        await running.stop()
    }
}
