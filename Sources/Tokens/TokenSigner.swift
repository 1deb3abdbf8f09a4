import Cryptography

/// The one holder of a token signing key. It turns claims into a token and reads nothing.
package struct TokenSigner: Sendable {
    private let key: ES256PrivateKey
    private let header: [UInt8]

    package init(_ key: ES256PrivateKey) {
        self.key = key
        header = VerifyingKey(key.publicKey).header
    }

    package var publicKey: ES256PublicKey { key.publicKey }

    /// The token of `claims` (JWS compact serialisation). The lifetime must be 1 to 600 s. Throws `.tooLarge` above 8,192 bytes.
    package func token(_ claims: Claims) throws(TokenSignerFault) -> String {
        let lifetime = claims.expiry.seconds - claims.issuedAt.seconds
        guard (1...TokenLimits.maxLifetime).contains(lifetime) else { throw .lifetime }
        var token = header
        token.append(UInt8(ascii: "."))
        token += Base64URL.encodeUTF8(claims.json.text)
        guard token.count + 1 + TokenLimits.signatureCharacters <= TokenLimits.maxTokenBytes else { throw .tooLarge }
        let signature: [UInt8]
        do throws(CryptographyFault) { signature = try key.sign(token) } catch { throw .key(error) }
        token.append(UInt8(ascii: "."))
        token += Base64URL.encodeUTF8(signature)
        return String(decoding: token, as: UTF8.self)
    }
}
