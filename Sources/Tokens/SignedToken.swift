import Cryptography

/// A token as it came, of bounded size, nothing believed yet.
package struct SignedToken: Sendable {
    let bytes: ArraySlice<UInt8>
    /// SHA-256 of the whole token: what the signature cache knows it by.
    package let digest: Digest

    /// A JWS compact serialisation. The size is checked before anything is copied or searched.
    package init(_ text: String) throws(TokenFault) {
        guard text.utf8.count <= TokenLimits.maxTokenBytes else { throw .tooLarge }
        self.init(bytes: Array(text.utf8)[...])
    }

    private init(bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        digest = Digest.sha256(bytes.span)
    }

    /// The token of a call: exactly one value of `authorization`, the scheme `Bearer`, one space and the token (RFC 6750 §2.1).
    package init(authorization values: [ArraySlice<UInt8>]) throws(TokenFault) {
        let scheme = "bearer ".utf8
        guard values.count == 1, let value = values.first, value.count > scheme.count else { throw .notOneBearerToken }
        guard value.count <= TokenLimits.maxTokenBytes + scheme.count else { throw .tooLarge }
        guard value.prefix(scheme.count).elementsEqual(scheme, by: { $0 | 0x20 == $1 | 0x20 }) else { throw .notOneBearerToken }
        self.init(bytes: value.dropFirst(scheme.count))
    }

    /// The three segments (RFC 7515 §3.1). Cut where the signature cache does not know the token, which was cut when it was put there.
    func segments() throws(TokenFault) -> Segments {
        let dot = UInt8(ascii: ".")
        let bytes = Array(self.bytes)
        let last = bytes.count - 1 - TokenLimits.signatureCharacters
        guard last > 0, bytes[last] == dot, let first = bytes.firstIndex(of: dot), first > 0, last - first > 1,
            !bytes[(first + 1)..<last].contains(dot), !bytes[(last + 1)...].contains(dot)
        else { throw .segments }
        return Segments(
            header: bytes[..<first], payload: bytes[(first + 1)..<last], signature: bytes[(last + 1)...], signedBytes: Array(bytes[..<last]))
    }

    struct Segments {
        let header: ArraySlice<UInt8>
        let payload: ArraySlice<UInt8>
        let signature: ArraySlice<UInt8>
        /// What the signature covers.
        let signedBytes: [UInt8]
    }
}
