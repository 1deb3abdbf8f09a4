import BrokerProtocol
import Storage

extension BrokerCore {
    func endDelegation(_ request: Concordat_V1_EndDelegationRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Delegation {
        try await act(call) { scope throws(StorageFault) in
            let found = try scope.store.delegation(request.number)
            guard let delegation = found, let principal = try scope.store.principal(delegation.principal), scope.caller.administers(principal.organisation)
            else { return .refused(scope.caller.unreached(found != nil, "a delegation of this number", "number")) }
            guard delegation.status == .active else {
                return .refused(.precondition(reason: "ALREADY_RETIRED", remedy: "The delegation has ended already."))
            }
            return .done(try scope.end(delegation).wire(of: principal.id))
        }
    }
}
