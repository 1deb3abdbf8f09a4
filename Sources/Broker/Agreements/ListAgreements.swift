import Agreements
import BrokerProtocol
import Storage

extension BrokerCore {
    func listAgreements(_ request: Concordat_V1_ListAgreementsRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_ListAgreementsResponse {
        let now = clock.now()
        let wanted = Set(request.states)
        let limits = configuration.limits
        return try await read(call) { store throws(StorageFault) in
            var listed: [Concordat_V1_Agreement] = []
            let party = call.caller.isAuditor ? nil : call.caller.organisation.number
            try store.eachAgreement(of: party, atOnce: limits.agreementsAtOnce) { stored throws(StorageFault) in
                let state = try BrokerCore.state(of: stored)
                if wanted.isEmpty || wanted.contains(state.effectivePhase(at: now).wire) { listed.append(stored.summary(state, at: now)) }
                return listed.count <= limits.listedAgreements
            }
            guard listed.count <= limits.listedAgreements else {
                return .refused(
                    .precondition(reason: "LIMIT", remedy: "There are more than \(limits.listedAgreements) such agreements. Ask for those in one state, or follow WatchAgreements, which tells of all."))
            }
            return .done(.with { $0.agreements = listed })
        }
    }
}
