import BrokerProtocol
import Storage

extension BrokerCore {
    func getPrincipal(_ request: Concordat_V1_GetPrincipalRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Principal {
        let id = try RequestFields.client(request.id, "id")
        return try await read(call) { store throws(StorageFault) in
            let found = try store.principal(id)
            guard let principal = found, call.caller.mayRead(principal.organisation) else {
                return .refused(call.caller.unread(found != nil, "a principal of this name", "id"))
            }
            return .done(try wirePrincipal(principal, in: store))
        }
    }
}
