import BrokerProtocol
import Cryptography
import Storage

extension BrokerCore {
    func enrolCertificate(_ request: Concordat_V1_EnrolCertificateRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Certificate {
        let id = try RequestFields.client(request.id, "id")
        let certificate = try RequestFields.certificate(request.certificate, "certificate")
        let admission = try self.admission(of: certificate, through: request.intermediates, call)
        let limits = configuration.limits
        let answer: Concordat_V1_Certificate = try await act(call) { scope throws(StorageFault) in
            let found = try scope.store.principal(id)
            guard let principal = found, scope.caller.administers(principal.organisation) else {
                return .refused(scope.caller.unreached(found != nil, "a principal of this name", "id"))
            }
            guard try scope.store.organisation(principal.organisation)?.status == .active else { return .refused(.organisationRetired) }
            guard principal.status == .active else {
                return .refused(.precondition(reason: "PRINCIPAL_RETIRED", remedy: "Enrol certificates for active principals only."))
            }
            return switch try scope.enrol(certificate, admission, for: principal, limits: limits) {
            case .done(let registered): .done(registered.wire)
            case .refused(let fault): .refused(fault)
            }
        }
        enrolled.add(certificate.thumbprint)
        return answer
    }
}
