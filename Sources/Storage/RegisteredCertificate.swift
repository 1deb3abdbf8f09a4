import Cryptography
import Vocabulary

/// A certificate bound to a principal. Identity comes from this binding, never from the certificate's text.
package struct RegisteredCertificate: Hashable, Sendable {
    package var thumbprint: Thumbprint
    package var principal: PrincipalNumber
    package var der: [UInt8]
    /// SubjectPublicKeyInfo, DER.
    package var publicKey: [UInt8]
    package var notBefore: Timestamp
    package var notAfter: Timestamp
    package var status: RegistryStatus
    /// The REGISTRY entry that added or retired it.
    package var entry: LedgerIndex

    package init(
        thumbprint: Thumbprint, principal: PrincipalNumber, der: [UInt8], publicKey: [UInt8], notBefore: Timestamp, notAfter: Timestamp,
        status: RegistryStatus = .active, entry: LedgerIndex
    ) {
        self.thumbprint = thumbprint
        self.principal = principal
        self.der = der
        self.publicKey = publicKey
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.status = status
        self.entry = entry
    }
}
