import Agreements
import BrokerProtocol

extension BrokerCore {
    func takeUp(_ request: Concordat_V1_TransitionRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_AgreementChange {
        let id = try RequestFields.agreement(request.agreement)
        let step = try stepFrom(comment: request.comment, reasonCode: request.reasonCode)
        // A comment declares an interest and how it is managed; none declares that there is none.
        let conflict = step.comment.isEmpty ? ConflictDeclaration.none : .managed(BrokerCore.commentDigest(step))
        let outcome = try await self.step(id, call, seen: try SeenAgreement(request), step) { _, _ in .done(.takeUp(conflict)) }
        return outcome.stored.change(outcome.state, at: clock.now())
    }
}
