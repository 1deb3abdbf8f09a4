import Cryptography

/// What the store keeps of a secret of the home, to tell whether its file is still the one that the home was made with: an HMAC under a key
/// that is derived from the secret for this alone. It opens nothing, and nothing of the secret can be learnt from it.
package struct SecretCheck: Hashable, Sendable {
    package let secret: HomeKeys.Secret
    /// HMAC-SHA-256(HKDF-SHA-256(secret, info "concordat/secret-check/1"), name of the file under `keys/`).
    package let digest: Digest

    package init(_ secret: HomeKeys.Secret, _ value: SecretBytes) {
        let key = HKDF.sha256(secret: value, salt: [], info: Array("concordat/secret-check/1".utf8), length: Digest.byteCount)
        self.secret = secret
        digest = HMACKey.sha256(key).authenticate(Array(secret.rawValue.utf8))
    }
}
