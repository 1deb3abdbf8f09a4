import Agreements
import BrokerProtocol
import Storage

extension BrokerCore {
    func resume(_ request: Concordat_V1_TransitionRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_AgreementChange {
        let id = try RequestFields.agreement(request.agreement)
        let step = try stepFrom(comment: request.comment, reasonCode: request.reasonCode)
        guard !step.comment.isEmpty else { throw .invalid(field: "comment", problem: "is empty; say what was mended") }
        let note = BrokerCore.commentDigest(step)
        let outcome = try await self.step(id, call, seen: try SeenAgreement(request), step) { _, caller in
            // An owner consents as owner; whoever has no such role can only consent as security, and the lifecycle checks that.
            .done(.resume(as: caller.has(OfficerRole.assetOwner.rawValue) ? .assetOwner : .security, remediation: note))
        }
        return outcome.stored.change(outcome.state, at: clock.now())
    }
}
