import Cryptography
import Vocabulary

/// What a verifier knows before it sees a token: whose tokens it accepts, for what, with which keys.
package struct TokenVerifier: Sendable {
    package let issuer: String
    package let audience: String
    package let keys: TokenKeys
    /// Seconds by which `iat` and `nbf` may lie ahead.
    package let tolerance: Int64

    /// `tolerance` is held to 0 to 60 s.
    package init(issuer: String, audience: String, keys: TokenKeys, tolerance: Int64 = TokenLimits.defaultTolerance) {
        self.issuer = issuer
        self.audience = audience
        self.keys = keys
        self.tolerance = min(max(0, tolerance), TokenLimits.maxTolerance)
    }

    /// Header, key and signature, then the payload: all that depends on the bytes and the keys alone. Keys change with the process only, so that
    /// what the cache knows was checked with these.
    func claims(of token: SignedToken, cache: inout SignatureCache) throws(TokenFault) -> SignedClaims {
        if let known = cache.claims(of: token.digest) { return known }
        let segments = try token.segments()
        guard let key = keys.key(forHeader: segments.header) else { throw keys.fault(inHeader: segments.header) }
        guard let signature = Base64URL.decode(utf8: segments.signature), key.key.isValid(signature, for: segments.signedBytes) else {
            throw .signature
        }
        guard let payload = Base64URL.decode(utf8: segments.payload) else { throw .payloadEncoding }
        let claims = SignedClaims(try TokenVerifier.claims(inPayload: payload))
        cache.remember(claims, for: token.digest)
        return claims
    }

    private static func claims(inPayload payload: [UInt8]) throws(TokenFault) -> Claims {
        let json: JSONValue
        do throws(JSONFault) {
            json = try JSONReader.value(payload, limit: TokenLimits.maxTokenBytes)
        } catch { throw .payloadJSON(error) }
        do throws(MemberFault) { return try Claims(json: json) } catch { throw .payloadMember(error) }
    }

    /// Issuer, audience and times, compared whole.
    func check(_ claims: Claims, now: Timestamp) throws(TokenFault) {
        guard claims.issuer.utf8.elementsEqual(issuer.utf8) else { throw .issuer }
        guard claims.audience.utf8.elementsEqual(audience.utf8) else { throw .audience }
        let latest = now.advanced(seconds: tolerance)
        guard claims.issuedAt <= latest else { throw .issuedInTheFuture }
        guard claims.notBefore <= latest else { throw .notYetValid }
        guard now < claims.expiry else { throw .expired }
        guard claims.issuedAt < claims.expiry, claims.expiry <= claims.issuedAt.advanced(seconds: TokenLimits.maxLifetime) else {
            throw .lifetime
        }
    }
}
