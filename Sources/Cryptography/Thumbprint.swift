/// SHA-256 of a certificate's DER: what RFC 8705 §3.1 calls `x5t#S256`. A type of its own, so that no other digest is taken for one.
package struct Thumbprint: Hashable, Sendable, CustomStringConvertible {
    package let digest: Digest

    package init(_ digest: Digest) {
        self.digest = digest
    }

    /// The thumbprint of the certificate whose DER encoding is `der`.
    package init(ofCertificate der: [UInt8]) {
        digest = Digest.sha256(der)
    }

    /// Nil unless `text` is the 43 characters of canonical base64url for 32 bytes.
    package init?(base64URL text: some StringProtocol) {
        guard text.utf8.count == 43, let bytes = Base64URL.decode(text), let digest = Digest(bytes) else { return nil }
        self.digest = digest
    }

    /// 43 characters, as in `cnf.x5t#S256`.
    package var base64URL: String { Base64URL.encode(digest.bytes) }

    package var bytes: [UInt8] { digest.bytes }

    package var description: String { base64URL }
}
