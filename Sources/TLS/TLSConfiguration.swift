/// Bounds of one TLS endpoint.
package struct TLSLimits: Sendable {
    /// Longest time from the connection's start to the end of the handshake, in milliseconds.
    package var handshakeMilliseconds: Int64 = 5_000
    /// Longest certificate message accepted from a peer, in bytes.
    package var maxCertificateListBytes = 32 * 1024
    /// Most certificates between the leaf and the root, the root not counted.
    package var maxVerifyDepth = 4
    /// Most plain bytes held while the handshake runs.
    package var maxHeldBytes = 64 * 1024
    /// Messages of the handshake protocol that a peer may send after the handshake, in the life of a connection: KeyUpdate in TLS 1.3 (each costs
    /// two key derivations and may ask for an answer), attempts to renegotiate in TLS 1.2. Keys need a change every 2^24 full records or so
    /// (RFC 8446 section 5.5), so that an honest peer sends this many only after terabytes.
    package var maxPostHandshakeMessages = 128

    package init() {}
}

/// The versions of TLS an endpoint speaks.
package enum TLSVersions: Sendable {
    /// TLS 1.3 only (RFC 8446).
    case tls13
    /// TLS 1.2 with ECDHE and AEAD suites, and TLS 1.3.
    case tls12AndLater
}

/// A server's certificate, key and demands on clients.
package struct TLSServerConfiguration: Sendable {
    /// Whether clients must show a certificate.
    package enum ClientCertificates: Sendable {
        /// No certificate is asked for (public listener).
        case none
        /// A certificate is demanded, its chain must end in one of `roots`, and it must be marked for client authentication.
        case required(roots: PEMSource)
    }

    /// The leaf first, then the intermediates.
    package var certificateChain: PEMSource
    package var privateKey: PEMSource
    package var clientCertificates: ClientCertificates
    package var versions: TLSVersions = .tls13
    /// Application protocols in the order of preference (RFC 7301). A client that offers none of them is refused.
    package var applicationProtocols: [String] = ["h2"]
    package var limits = TLSLimits()

    package init(certificateChain: PEMSource, privateKey: PEMSource, clientCertificates: ClientCertificates) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
        self.clientCertificates = clientCertificates
    }
}

/// A client's trust and, where the server asks for one, its certificate.
package struct TLSClientConfiguration: Sendable {
    /// A client's own certificate and key.
    package struct Identity: Sendable {
        package var certificateChain: PEMSource
        package var privateKey: PEMSource

        package init(certificateChain: PEMSource, privateKey: PEMSource) {
            self.certificateChain = certificateChain
            self.privateKey = privateKey
        }
    }

    /// The certificates a server's chain may end in.
    package var roots: PEMSource
    package var identity: Identity?
    package var versions: TLSVersions = .tls13
    package var applicationProtocols: [String] = ["h2"]
    package var limits = TLSLimits()

    package init(roots: PEMSource, identity: Identity? = nil) {
        self.roots = roots
        self.identity = identity
    }
}
