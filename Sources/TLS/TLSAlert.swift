/// A fatal alert from the other side: why it ended the connection (RFC 8446 section 6).
package struct TLSAlert: Hashable, Sendable {
    /// The number on the wire.
    package let code: UInt8

    package init(code: UInt8) {
        self.code = code
    }

    /// The name in the standard; nil for one that it does not have.
    package var name: String? {
        switch code {
        case 10: "unexpected_message"
        case 20: "bad_record_mac"
        case 40: "handshake_failure"
        case 42: "bad_certificate"
        case 43: "unsupported_certificate"
        case 44: "certificate_revoked"
        case 45: "certificate_expired"
        case 46: "certificate_unknown"
        case 47: "illegal_parameter"
        case 48: "unknown_ca"
        case 49: "access_denied"
        case 50: "decode_error"
        case 51: "decrypt_error"
        case 70: "protocol_version"
        case 71: "insufficient_security"
        case 80: "internal_error"
        case 109: "missing_extension"
        case 112: "unrecognized_name"
        case 116: "certificate_required"
        case 120: "no_application_protocol"
        default: nil
        }
    }
}

extension TLSAlert: CustomStringConvertible {
    /// To a client: what the server means by it, and what to do.
    package var description: String {
        let alert = "TLS alert \(code)" + (name.map { ", \($0)" } ?? "")
        return switch code {
        case 42, 46, 49: "the server refused your certificate (\(alert)); see that it is current, for clients, and the one for this server"
        case 43: "the server does not take your certificate (\(alert)); give one whose extended key usage has clientAuth and whose key usage, if it has one, has digitalSignature"
        case 44: "your certificate is revoked (\(alert)); give another"
        case 45: "your certificate has ended (\(alert)); give a current one"
        case 48: "the server does not know the authority that issued your certificate (\(alert)); give one of an authority that it takes, followed by its intermediates"
        case 51:
            "a signature does not hold for the server (\(alert)); where your certificate's authority has the name of one that the server knows, it is another: "
                + "have your certificate issued by that one"
        case 116: "the server wants a certificate (\(alert)); give yours"
        case 70: "the server does not speak TLS 1.3 (\(alert)); see that the address is right"
        case 112: "the server does not go by this name (\(alert)); see that the address is right"
        case 120: "the server does not speak HTTP/2 (\(alert)); see that the address is right"
        default: "the server ended the TLS connection (\(alert))"
        }
    }
}
