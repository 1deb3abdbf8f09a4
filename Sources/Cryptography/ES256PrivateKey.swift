import COpenSSL

/// A P-256 signing key for ES256 (RFC 7518 §3.4). It parses nothing but keys.
package struct ES256PrivateKey: Sendable {
    private let handle: KeyHandle
    package let publicKey: ES256PublicKey

    /// A fresh key from libcrypto's generator.
    package static func generate() throws(CryptographyFault) -> ES256PrivateKey {
        // Invariant: the new key is owned by the handle.
        guard let key = unsafe concordat_p256_generate() else { throw OpenSSL.fault("EVP_EC_gen") }
        return try ES256PrivateKey(handle: unsafe KeyHandle(owning: key))
    }

    /// From an unencrypted PKCS#8 PrivateKeyInfo, DER. The private number must match the public point.
    package init(pkcs8DER der: [UInt8]) throws(CryptographyFault) {
        try self.init(handle: KeyHandle.fromPKCS8(der))
    }

    /// From one PEM block 'PRIVATE KEY' (PKCS#8, not encrypted).
    package init(pem: String) throws(CryptographyFault) {
        try self.init(pkcs8DER: PEM.decode(pem, label: "PRIVATE KEY"))
    }

    private init(handle: KeyHandle) throws(CryptographyFault) {
        publicKey = try ES256PublicKey(spkiDER: handle.publicDER())
        self.handle = handle
        // Invariant: the context is owned by this call and freed at its end.
        guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, handle.pointer, nil) else { throw OpenSSL.fault("EVP_PKEY_CTX") }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_pairwise_check(context) == 1 else {
            throw OpenSSL.rejected(.malformed(what: "private key", reason: "its private and public halves do not belong together"))
        }
    }

    /// 64 bytes r ‖ s over SHA-256 of `message`. Not deterministic.
    package func sign(_ message: [UInt8]) throws(CryptographyFault) -> [UInt8] {
        let der = try unsafe handle.sign(message, digest: OpenSSL.sha256, maxBytes: 72)
        guard let raw = ES256Signature.fromDER(der) else { throw .library(operation: "EVP_DigestSign") }
        return raw
    }

    /// PKCS#8, DER, not encrypted. Wipe it when it is written.
    package func pkcs8DER() throws(CryptographyFault) -> [UInt8] {
        try handle.privateDER()
    }

    /// The same as a PEM block 'PRIVATE KEY', for a file of mode 0600.
    package func pem() throws(CryptographyFault) -> String {
        PEM.encode(try pkcs8DER(), label: "PRIVATE KEY")
    }
}
