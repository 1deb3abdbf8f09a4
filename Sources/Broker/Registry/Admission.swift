import Cryptography
import Foundation
import Vocabulary

/// Whether the API listener would let the holder of a certificate in.
enum Admission: Sendable {
    case granted
    /// Of a caller who may enrol nothing.
    case notExamined
    case refused(String)
}

extension BrokerCore {
    /// Asks what the listener will ask once the certificate is valid. Only administrators are worth the signatures: everybody else is refused anyway.
    func admission(of certificate: X509Certificate, through intermediates: [Data], _ call: Call) throws(CallFault) -> Admission {
        guard call.caller.principal.kind == .administrator else { return .notExamined }
        let intermediates = try RequestFields.intermediates(intermediates, "intermediates")
        let authorities = clientAuthorities.withLock { $0 }
        let moment = max(clock.now().seconds, certificate.notBefore)
        let fault: String?
        do throws(CryptographyFault) {
            fault = try ListenerTLS.fault(of: certificate, through: intermediates, by: authorities, at: moment)
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
