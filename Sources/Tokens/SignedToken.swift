import Cryptography

/// A token as it came: three segments of bounded size, nothing believed yet.
package struct SignedToken: Sendable {
    let bytes: [UInt8]
    let header: Range<Int>
    let payload: Range<Int>
    let signature: Range<Int>
    /// SHA-256 of the whole token: what the signature cache knows it by.
    package let digest: Digest

    /// Cuts a JWS compact serialisation. The size is checked before anything is copied or searched.
    package init(_ text: String) throws(TokenFault) {
        guard text.utf8.count <= TokenLimits.maxTokenBytes else { throw .tooLarge }
        try self.init(bytes: Array(text.utf8))
    }

    private init(bytes: [UInt8]) throws(TokenFault) {
        let dot = UInt8(ascii: ".")
        var dots = 0
        for byte in bytes { dots &+= byte == dot ? 1 : 0 }
        let last = bytes.count - 1 - TokenLimits.signatureCharacters
        guard dots == 2, last > 0, bytes[last] == dot, let first = bytes.firstIndex(of: dot), first > 0, last - first > 1 else {
            throw .segments
        }
        self.bytes = bytes
        header = 0..<first
        payload = (first + 1)..<last
        signature = (last + 1)..<bytes.count
        digest = Digest.sha256(bytes)
    }

    /// The token of a call: exactly one value of `authorization`, the scheme `Bearer`, one space and the token (RFC 6750 §2.1).
    package init(authorization values: [String]) throws(TokenFault) {
        let scheme = "bearer "
        guard values.count == 1, let value = values.first, value.utf8.count > scheme.utf8.count else { throw .notOneBearerToken }
        guard value.utf8.count <= TokenLimits.maxTokenBytes + scheme.utf8.count else { throw .tooLarge }
        let bytes = Array(value.utf8)
        guard bytes[..<scheme.utf8.count].elementsEqual(scheme.utf8, by: { $0 | 0x20 == $1 | 0x20 }) else { throw .notOneBearerToken }
        try self.init(bytes: Array(bytes[scheme.utf8.count...]))
    }

    /// What the signature covers.
    var signedBytes: [UInt8] { Array(bytes[..<payload.upperBound]) }
}
