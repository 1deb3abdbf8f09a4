import COpenSSL

/// An Ed25519 signing key (RFC 8032). Signing is deterministic: the same message gives the same signature.
package struct Ed25519PrivateKey: Sendable {
    private let handle: KeyHandle
    package let publicKey: Ed25519PublicKey

    /// `seed` is the 32-byte private key of RFC 8032 §5.1.5.
    package init(seed: SecretBytes) throws(CryptographyFault) {
        guard seed.count == 32 else { throw .wrongLength(what: "an Ed25519 seed", expected: "32 bytes", actual: seed.count) }
        // Invariant: the pointer is used within the call only; the new key is owned by the handle.
        let key: OpaquePointer? = unsafe seed.withSpan { span in
            unsafe span.withUnsafeBufferPointer { buffer in
                unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, buffer.baseAddress, buffer.count)
            }
        }
        guard let key = unsafe key else { throw OpenSSL.fault("EVP_PKEY_new_raw_private_key") }
        unsafe handle = KeyHandle(owning: key)
        var raw = [UInt8](repeating: 0, count: 32)
        var length = raw.count
        guard unsafe EVP_PKEY_get_raw_public_key(handle.pointer, &raw, &length) == 1, length == 32 else {
            throw OpenSSL.fault("EVP_PKEY_get_raw_public_key")
        }
        publicKey = try Ed25519PublicKey(raw)
    }

    /// The same from an array; wipe yours afterwards.
    package init(seed: [UInt8]) throws(CryptographyFault) {
        try self.init(seed: SecretBytes(seed))
    }

    /// A 64-byte signature over `message`.
    package func sign(_ message: [UInt8]) throws(CryptographyFault) -> [UInt8] {
        // Ed25519 hashes by itself, so there is no digest to hand over.
        try unsafe handle.sign(message, digest: nil, maxBytes: 64)
    }
}
