import Agreements
import BrokerProtocol
import Storage

extension BrokerCore {
    func revokeRole(_ request: Concordat_V1_RoleRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Principal {
        let id = try RequestFields.client(request.id, "id")
        let role = try RequestFields.role(request.role, "role")
        return try await act(call) { scope throws(StorageFault) in
            let found = try scope.store.principal(id)
            guard var principal = found, scope.caller.administers(principal.organisation) else {
                return .refused(scope.caller.unreached(found != nil, "a principal of this name", "id"))
            }
            guard principal.roles.contains(role.rawValue) else { return .refused(.notFound(what: "this role of the officer", field: "role")) }
            try scope.revoke(role, from: &principal)
            try scope.store.put(principal)
            return .done(try wirePrincipal(principal, in: scope.store))
        }
    }
}
