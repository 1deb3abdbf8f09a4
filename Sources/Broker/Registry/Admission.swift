import Cryptography
import Vocabulary

/// Whether the API listener would let the holder of a certificate in.
enum Admission: Sendable {
    case granted
    case refused(String)
}

extension BrokerCore {
    /// Asks what the listener will ask once the certificate is valid. Only administrators are worth the signatures: everybody else is refused anyway.
    func admission(of certificate: X509Certificate, through intermediates: [X509Certificate], _ call: Call) -> Admission {
        guard call.caller.principal.kind == .administrator else { return .granted }
        let authorities = clientAuthorities.withLock { $0 }
        let moment = max(clock.now().seconds, certificate.notBefore)
        let fault: String?
        do throws(CryptographyFault) {
            fault = try certificate.faultAsClient(of: authorities, through: intermediates, at: moment)
        } catch {
            fault = error.description
        }
        return fault.map {
            .refused(
                "would not let its holder in (\($0)); give one with clientAuth and digitalSignature that one of the broker's client authorities issued, "
                    + "with its intermediates")
        } ?? .granted
    }
}
