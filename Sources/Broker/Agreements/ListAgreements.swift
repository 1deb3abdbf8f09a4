import Agreements
import BrokerProtocol
import Storage

extension BrokerCore {
    func listAgreements(_ request: Concordat_V1_ListAgreementsRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_ListAgreementsResponse {
        let now = clock.now()
        let wanted = Set(request.states)
        return try await read(call) { store throws(StorageFault) in
            var answer = Concordat_V1_ListAgreementsResponse()
            for stored in try store.agreements(of: call.caller.isAuditor ? nil : call.caller.organisation.number) {
                let state = try BrokerCore.state(of: stored)
                guard wanted.isEmpty || wanted.contains(state.effectivePhase(at: now).wire) else { continue }
                answer.agreements.append(stored.summary(state, at: now))
            }
            return .done(answer)
        }
    }
}
