import BrokerProtocol
import Storage

extension BrokerCore {
    func retireCertificate(_ request: Concordat_V1_RetireCertificateRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Certificate {
        let thumbprint = try RequestFields.thumbprint(request.thumbprint, "thumbprint")
        let remark = try self.remark(request.reason, "reason")
        let answer: Concordat_V1_Certificate = try await act(call) { scope throws(StorageFault) in
            let found = try scope.store.certificate(thumbprint)
            guard let certificate = found, let principal = try scope.store.principal(certificate.principal), scope.caller.administers(principal.organisation)
            else { return .refused(scope.caller.unreached(found != nil, "an enrolled certificate of this thumbprint", "thumbprint")) }
            guard certificate.status == .active else {
                return .refused(.precondition(reason: "ALREADY_RETIRED", remedy: "The certificate is retired already."))
            }
            guard try scope.operatorKeepsAnAdministrator(without: principal, certificate: certificate) else {
                return .refused(
                    .precondition(
                        reason: "LAST_ADMINISTRATOR",
                        remedy: "The operator would have no administrator who can connect. Register another with a current certificate first."))
            }
            let retired = try scope.retire(certificate, epoch: try scope.store.bump(.client(principal.number)))
            try scope.store.keep(remark(retired.entry))
            return .done(retired.wire)
        }
        enrolled.remove([thumbprint])
        return answer
    }
}
