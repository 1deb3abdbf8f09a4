import AuditTrail
import BrokerProtocol
import Storage

extension BrokerCore {
    func addOrganisation(_ request: Concordat_V1_AddOrganisationRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Organisation {
        let id = try RequestFields.organisation(request.id, "id")
        let name = try RequestFields.text(request.name, "name", bytes: 1...200)
        let most = configuration.limits.organisations
        return try await act(call) { scope throws(StorageFault) in
            guard scope.caller.administersAll else { return .refused(.denied(reason: "NOT_OPERATOR_ADMINISTRATOR", paths: [])) }
            guard try scope.store.organisation(id) == nil else { return .refused(.alreadyExists(what: "an organisation with this id")) }
            guard try scope.store.organisationCount() < most else { return .refused(.full(of: "organisations", most: most)) }
            var organisation = RegisteredOrganisation(
                number: try scope.store.nextOrganisationNumber(), id: id, name: name, entry: scope.next)
            organisation.entry = scope.record(
                .added, .organisation(OrganisationRecord(number: organisation.number, slug: id)), reason: "REGISTERED")
            try scope.store.put(organisation)
            return .done(organisation.wire)
        }
    }
}
