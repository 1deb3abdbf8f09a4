import AuditTrail
import BrokerProtocol
import Cryptography
import Storage

extension BrokerCore {
    func retireOrganisation(_ request: Concordat_V1_RetireOrganisationRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Organisation {
        let id = try RequestFields.organisation(request.id, "id")
        let remark = try self.remark(request.reason, "reason")
        let (answer, thumbprints): (Concordat_V1_Organisation, [Thumbprint]) = try await act(call) { scope throws(StorageFault) in
            guard scope.caller.administersAll else { return .refused(.denied(reason: "NOT_OPERATOR_ADMINISTRATOR", paths: [])) }
            guard var organisation = try scope.store.organisation(id) else { return .refused(.notFound(what: "an organisation of this name", field: "id")) }
            guard organisation.status != .retired else {
                return .refused(.precondition(reason: "ALREADY_RETIRED", remedy: "The organisation is retired already."))
            }
            guard !organisation.isOperator else {
                return .refused(.precondition(reason: "IS_OPERATOR", remedy: "The operator of the broker cannot be retired."))
            }
            organisation.status = .retired
            let epoch = try scope.store.bump(.organisation(organisation.number))
            organisation.entry = scope.record(
                .retired, .organisation(OrganisationRecord(number: organisation.number, slug: id)), reason: "RETIRED", epoch: epoch)
            try scope.store.put(organisation)
            try scope.store.keep(remark(organisation.entry))
            let principals = try scope.store.principals(of: organisation.number)
            var thumbprints: [Thumbprint] = []
            for principal in principals { thumbprints += try scope.store.certificates(of: principal.number).map(\.thumbprint) }
            return .done((organisation.wire, thumbprints))
        }
        enrolled.remove(thumbprints)
        return answer
    }
}
