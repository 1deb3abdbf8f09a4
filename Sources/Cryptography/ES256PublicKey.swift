import COpenSSL

/// A P-256 verifying key for ES256 (RFC 7518 §3.4). Equal keys have equal coordinates.
package struct ES256PublicKey: Hashable, Sendable {
    /// The coordinates, 32 bytes each, big-endian.
    package let x: [UInt8]
    package let y: [UInt8]
    private let handle: KeyHandle

    /// Everything that comes before the point in the SubjectPublicKeyInfo of a P-256 key (RFC 5480): id-ecPublicKey,
    /// prime256v1, and the head of a 66-byte bit string. With one curve and one point form there is one encoding.
    private static let prefix: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
        0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ]

    /// From a SubjectPublicKeyInfo with a named P-256 curve and an uncompressed point on it.
    package init(spkiDER der: [UInt8]) throws(CryptographyFault) {
        let prefix = ES256PublicKey.prefix
        guard der.count == prefix.count + 65, der.starts(with: prefix), der[prefix.count] == 4 else {
            throw .unsupportedKey("it is not a P-256 public key with an uncompressed point")
        }
        handle = try KeyHandle.fromPublic(der)
        x = Array(der[(prefix.count + 1)..<(prefix.count + 33)])
        y = Array(der[(prefix.count + 33)...])
    }

    /// From the coordinates, 32 bytes each. Fails when the point is not on the curve.
    package init(x: [UInt8], y: [UInt8]) throws(CryptographyFault) {
        guard x.count == 32, y.count == 32 else {
            throw .wrongLength(what: "a P-256 coordinate", expected: "32 bytes", actual: x.count == 32 ? y.count : x.count)
        }
        try self.init(spkiDER: ES256PublicKey.prefix + [4] + x + y)
    }

    /// From the `x` and `y` members of a JWK (RFC 7518 §6.2.1): 43 characters of base64url each.
    package init(jwkX: String, jwkY: String) throws(CryptographyFault) {
        guard let x = Base64URL.decode(jwkX), let y = Base64URL.decode(jwkY) else {
            throw .malformed(what: "JWK", reason: "x or y is not base64url without padding")
        }
        try self.init(x: x, y: y)
    }

    /// From one PEM block 'PUBLIC KEY'.
    package init(pem: String) throws(CryptographyFault) {
        try self.init(spkiDER: PEM.decode(pem, label: "PUBLIC KEY"))
    }

    /// SubjectPublicKeyInfo, 91 bytes.
    package var spkiDER: [UInt8] { ES256PublicKey.prefix + [4] + x + y }

    package var pem: String { PEM.encode(spkiDER, label: "PUBLIC KEY") }

    package var jwkX: String { Base64URL.encode(x) }
    package var jwkY: String { Base64URL.encode(y) }

    /// RFC 7638: SHA-256 of the required members in lexicographic order without spaces. As base64url it is our `kid`.
    package var jwkThumbprint: Digest {
        Digest.sha256(Array(#"{"crv":"P-256","kty":"EC","x":"\#(jwkX)","y":"\#(jwkY)"}"#.utf8))
    }

    /// 43 characters: ``jwkThumbprint`` in base64url.
    package var keyID: String { Base64URL.encode(jwkThumbprint.bytes) }

    /// True when `signature` is the 64 bytes r ‖ s, r and s in [1, n-1], and verifies for `message` hashed with SHA-256.
    ///
    /// A signature with s above n/2 is accepted: RFC 7518 does not forbid it and hardware keys make such. So a
    /// signature's bytes may differ for one message and key, and must never serve as an identifier or a replay key.
    package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        guard let der = ES256Signature.toDER(signature) else { return false }
        return unsafe handle.verify(der, over: message, digest: OpenSSL.sha256)
    }

    package static func == (left: ES256PublicKey, right: ES256PublicKey) -> Bool {
        left.x == right.x && left.y == right.y
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(x)
        hasher.combine(y)
    }
}
