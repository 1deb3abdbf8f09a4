import Cryptography

/// What the handshake proved about the other side. Taken once for a connection.
package struct TLSPeer: Sendable {
    /// The peer's own certificate in DER, verified up to a trusted root; nil where none was asked for.
    package let leafDER: [UInt8]?
    /// SHA-256 over `leafDER` (RFC 8705 section 3.1).
    package let thumbprint: Thumbprint?
    /// The application protocol agreed on (RFC 7301).
    package let applicationProtocol: String
    /// The name that a client asked for (RFC 6066 section 3), as sent; nil where none was.
    package let serverName: String?
    /// The protocol's name as OpenSSL prints it, such as `TLSv1.3`.
    package let version: String
}
