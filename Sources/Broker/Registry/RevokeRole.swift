import Agreements
import BrokerProtocol
import Storage

extension BrokerCore {
    func revokeRole(_ request: Concordat_V1_RoleRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Principal {
        let id = try RequestFields.client(request.id, "id")
        let role = try RequestFields.role(request.role, "role")
        return try await act(call) { scope throws(StorageFault) in
            guard var principal = try scope.store.principal(id), scope.caller.administers(principal.organisation) else {
                return .refused(.denied(reason: "NOT_ADMINISTRATOR_OF_ORGANISATION", paths: []))
            }
            guard principal.roles.contains(role.rawValue) else { return .refused(.notFound(what: "this role of the officer")) }
            try scope.revoke(role, from: &principal)
            try scope.store.put(principal)
            return .done(try wirePrincipal(principal, in: scope.store))
        }
    }
}
