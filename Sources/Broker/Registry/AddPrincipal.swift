import Agreements
import AuditTrail
import BrokerProtocol
import Cryptography
import Storage
import Vocabulary

extension BrokerCore {
    func addPrincipal(_ request: Concordat_V1_AddPrincipalRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Principal {
        let organisationID = try RequestFields.organisation(request.organisation, "organisation")
        let id = try RequestFields.client(request.id, "id")
        let name = try RequestFields.text(request.name, "name", bytes: 1...200)
        guard let kind = PrincipalKind(wire: request.kind) else {
            throw .invalid(field: "kind", problem: "is not set; give service, officer, auditor or administrator")
        }
        var roles: Set<OfficerRole> = []
        for role in request.roles { roles.insert(try RequestFields.role(role, "roles")) }
        guard roles.isEmpty || kind == .officer else {
            throw .invalid(field: "roles", problem: "belong to officers; leave them out, or register an officer")
        }
        let certificate = request.certificate.isEmpty ? nil : try RequestFields.certificate(request.certificate, "certificate")
        let admission = try certificate.map { certificate throws(CallFault) in
            try self.admission(of: certificate, through: request.intermediates, call)
        }
        let numbers = (0..<8).map { _ in PrincipalNumber(UInt32(truncatingIfNeeded: randomness.uint64())) }
        let limits = configuration.limits
        let answer: Concordat_V1_Principal = try await act(call) { [roles] scope throws(StorageFault) in
            guard let organisation = try scope.store.organisation(organisationID) else {
                return .refused(scope.caller.unreached(false, "an organisation of this name", "organisation"))
            }
            guard scope.caller.administers(organisation.number) else {
                return .refused(.denied(reason: "NOT_ADMINISTRATOR_OF_ORGANISATION", paths: []))
            }
            // An auditor reads what all organisations agreed: no organisation can make its own.
            guard kind != .auditor || scope.caller.administersAll else {
                return .refused(.denied(reason: "NOT_ADMINISTRATOR_OF_OPERATOR", paths: []))
            }
            guard organisation.status == .active else {
                return .refused(.organisationRetired)
            }
            guard try scope.store.principal(id) == nil else { return .refused(.alreadyExists(what: "a principal with this id")) }
            guard try scope.store.principalCount(of: organisation.number) < limits.principalsPerOrganisation else {
                return .refused(.full(of: "principals of one organisation", most: limits.principalsPerOrganisation))
            }
            guard let number = try BrokerCore.unused(numbers, in: scope.store) else { return .refused(.unavailable(part: "registry")) }
            var principal = RegisteredPrincipal(
                number: number, id: id, name: name, kind: kind, organisation: organisation.number, entry: scope.next)
            principal.entry = scope.record(.added, .principal(principal.record), reason: "REGISTERED")
            for role in roles.sorted() { scope.grant(role, to: &principal) }
            try scope.store.put(principal)
            if let certificate, let admission, case .refused(let fault) = try scope.enrol(certificate, admission, for: principal, limits: limits) {
                return .refused(fault)
            }
            return .done(try wirePrincipal(principal, in: scope.store))
        }
        if let certificate { enrolled.add(certificate.thumbprint) }
        return answer
    }

    /// The first drawn number that nobody has; 0 is nobody.
    static func unused(_ drawn: [PrincipalNumber], in store: any StorageReading) throws(StorageFault) -> PrincipalNumber? {
        for number in drawn where number.value != 0 {
            if try store.principal(number) == nil { return number }
        }
        return nil
    }
}
