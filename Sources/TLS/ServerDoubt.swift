import COpenSSL

/// Why a client does not trust the certificate of a server (RFC 5280 section 6, RFC 6125).
package enum ServerDoubt: Hashable, Sendable {
    /// No chain leads to an authority that the client trusts.
    case unknownIssuer
    /// The certificate is of another name or address than the one connected to.
    case otherName
    case ended
    case notYetValid
    /// It is not marked for servers.
    case notForServers
    /// Any other fault of the chain, in OpenSSL's words.
    case other(String)

    /// - Parameter verdict: what OpenSSL made of the chain, other than `X509_V_OK`.
    init(verdict: Int) {
        switch Int32(clamping: verdict) {
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_UNTRUSTED,
            X509_V_ERR_CERT_SIGNATURE_FAILURE:
            self = .unknownIssuer
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH: self = .otherName
        case X509_V_ERR_CERT_HAS_EXPIRED: self = .ended
        case X509_V_ERR_CERT_NOT_YET_VALID: self = .notYetValid
        case X509_V_ERR_INVALID_PURPOSE: self = .notForServers
        default:
            // A constant of the library; it is copied at once.
            self = .other(unsafe String(cString: X509_verify_cert_error_string(verdict)))
        }
    }
}

extension ServerDoubt: CustomStringConvertible {
    /// What is wrong with the server's certificate and what to do.
    package var description: String {
        switch self {
        case .unknownIssuer: "the server's certificate was not issued by an authority that is trusted here; trust the authority that issued it, or correct the address"
        case .otherName: "the server's certificate is of another name; connect by a name or address that stands in it"
        case .ended: "the server's certificate, or that of its authority, has ended; tell the server's operator, or set this machine's clock"
        case .notYetValid: "the server's certificate, or that of its authority, is not valid yet; set this machine's clock, or tell the server's operator"
        case .notForServers: "the server's certificate is not for servers (extended key usage serverAuth); tell the server's operator, or correct the address"
        case .other(let reason): "the server's certificate cannot be trusted (\(reason)); tell the server's operator, or correct the address"
        }
    }
}
