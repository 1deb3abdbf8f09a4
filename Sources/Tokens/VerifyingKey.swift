import Cryptography

/// A public key of the broker with the one header that its tokens have.
package struct VerifyingKey: Hashable, Sendable {
    package let key: ES256PublicKey
    /// RFC 7638 thumbprint in base64url, 43 characters.
    package let keyID: String
    /// The header segment of every token signed with this key, in base64url.
    let header: [UInt8]

    package init(_ key: ES256PublicKey) {
        self.key = key
        keyID = key.keyID
        header = Base64URL.encodeUTF8(Array(#"{"alg":"ES256","typ":"at+jwt","kid":"\#(keyID)"}"#.utf8))
    }
}
