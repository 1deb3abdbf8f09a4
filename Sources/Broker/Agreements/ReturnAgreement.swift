import Agreements
import BrokerProtocol

extension BrokerCore {
    func giveBack(_ request: Concordat_V1_TransitionRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_AgreementChange {
        let id = try RequestFields.agreement(request.agreement)
        let step = try stepFrom(comment: request.comment, reasonCode: request.reasonCode)
        guard !step.comment.isEmpty else {
            throw .invalid(field: "comment", problem: "is empty; say what the requester has to answer or change")
        }
        let comment = BrokerCore.commentDigest(step)
        let outcome = try await self.step(id, call, seen: try SeenAgreement(request), step) { _, _ in .done(.giveBack(comment: comment)) }
        return outcome.stored.change(outcome.state, at: clock.now())
    }
}
