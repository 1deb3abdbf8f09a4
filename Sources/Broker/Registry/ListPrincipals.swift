import BrokerProtocol
import Storage
import Vocabulary

extension BrokerCore {
    func listPrincipals(_ request: Concordat_V1_ListPrincipalsRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_ListPrincipalsResponse {
        let id = request.organisation.isEmpty ? call.caller.organisation.id : try RequestFields.organisation(request.organisation, "organisation")
        return try await read(call) { store throws(StorageFault) in
            guard let organisation = try store.organisation(id) else {
                return .refused(call.caller.unread(false, "an organisation of this name", "organisation"))
            }
            guard call.caller.mayRead(organisation.number) else { return .refused(.denied(reason: "NOT_OF_ORGANISATION", paths: [])) }
            var principals: [Concordat_V1_Principal] = []
            for principal in try store.principals(of: organisation.number) { principals.append(try wirePrincipal(principal, in: store)) }
            return .done(.with { [principals] in $0.principals = principals })
        }
    }
}

extension Caller {
    /// Sees who belongs to that organisation: its own people and services, the operator's administrators, auditors.
    func mayRead(_ number: OrganisationNumber) -> Bool {
        organisation.number == number || administersAll || isAuditor
    }
}
