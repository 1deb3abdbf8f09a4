import Agreements
import BrokerProtocol

extension BrokerCore {
    func terminate(_ request: Concordat_V1_TransitionRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_AgreementChange {
        let id = try RequestFields.agreement(request.agreement)
        let step = try stepFrom(comment: request.comment, reasonCode: request.reasonCode)
        let outcome = try await self.step(id, call, seen: try SeenAgreement(request), step) { _, _ in .done(.terminate(.atOnce)) }
        return outcome.stored.change(outcome.state, at: clock.now())
    }
}
