import BrokerProtocol
import Storage

extension BrokerCore {
    func getPrincipal(_ request: Concordat_V1_GetPrincipalRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Principal {
        let id = try RequestFields.client(request.id, "id")
        return try await read(call) { store throws(StorageFault) in
            guard let principal = try store.principal(id), call.caller.mayRead(principal.organisation) else {
                return .refused(.denied(reason: "NOT_OF_ORGANISATION", paths: []))
            }
            return .done(try wirePrincipal(principal, in: store))
        }
    }
}
