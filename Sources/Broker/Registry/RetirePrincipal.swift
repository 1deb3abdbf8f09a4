import Agreements
import AuditTrail
import BrokerProtocol
import Cryptography
import Storage

extension BrokerCore {
    func retirePrincipal(_ request: Concordat_V1_RetirePrincipalRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Principal {
        let id = try RequestFields.client(request.id, "id")
        let remark = try self.remark(request.reason, "reason")
        let (answer, thumbprints): (Concordat_V1_Principal, [Thumbprint]) = try await act(call) { scope throws(StorageFault) in
            let found = try scope.store.principal(id)
            guard var principal = found, scope.caller.administers(principal.organisation) else {
                return .refused(scope.caller.unreached(found != nil, "a principal of this name", "id"))
            }
            guard principal.status != .retired else {
                return .refused(.precondition(reason: "ALREADY_RETIRED", remedy: "The principal is retired already."))
            }
            guard try scope.operatorKeepsAnAdministrator(without: principal) else {
                return .refused(
                    .precondition(
                        reason: "LAST_ADMINISTRATOR",
                        remedy: "The operator would have no administrator who can connect. Register another with a current certificate first."))
            }
            let certificates = try scope.store.certificates(of: principal.number).filter { $0.status == .active }
            for certificate in certificates {
                _ = try scope.retire(certificate, epoch: try scope.store.bump(.client(principal.number)))
            }
            for role in principal.roles.compactMap({ OfficerRole(rawValue: $0) }) { try scope.revoke(role, from: &principal) }
            principal.status = .retired
            principal.entry = scope.record(
                .retired, .principal(principal.record), reason: "RETIRED", epoch: try scope.store.bump(.client(principal.number)))
            try scope.store.put(principal)
            try scope.store.keep(remark(principal.entry))
            return .done((try wirePrincipal(principal, in: scope.store), certificates.map(\.thumbprint)))
        }
        enrolled.remove(thumbprints)
        return answer
    }
}
