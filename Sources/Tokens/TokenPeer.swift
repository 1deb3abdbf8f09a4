import Cryptography
import Vocabulary

/// Who is at the other end of the connection, as the handshake and the registry know it.
package struct TokenPeer: Sendable {
    package let certificate: Thumbprint
    /// The service to which that certificate is registered, if any.
    package let client: ClientID?

    package init(certificate: Thumbprint, client: ClientID?) {
        self.certificate = certificate
        self.client = client
    }
}
