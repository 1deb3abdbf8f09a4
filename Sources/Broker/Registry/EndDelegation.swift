import BrokerProtocol
import Storage

extension BrokerCore {
    func endDelegation(_ request: Concordat_V1_EndDelegationRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Delegation {
        try await act(call) { scope throws(StorageFault) in
            guard let delegation = try scope.store.delegation(request.number),
                let principal = try scope.store.principal(delegation.principal), scope.caller.administers(principal.organisation)
            else { return .refused(.denied(reason: "NOT_ADMINISTRATOR_OF_ORGANISATION", paths: [])) }
            guard delegation.status == .active else {
                return .refused(.precondition(reason: "ALREADY_RETIRED", remedy: "The delegation has ended already."))
            }
            return .done(try scope.end(delegation).wire(of: principal.id))
        }
    }
}
