import Cryptography

/// Remembers tokens whose signature was good, by SHA-256 of the whole token, together with what their payload says. A pure function of
/// the bytes is kept here and nothing else: whether a token may be used now is worked out afresh on every call.
///
/// Two generations of half the size: when the newer is full it becomes the older, so room never runs out and no list is kept.
package struct SignatureCache: Sendable {
    private var newer: [Digest: SignedClaims] = [:]
    private var older: [Digest: SignedClaims] = [:]
    private let half: Int

    /// `capacity` tokens at most, 2 or more.
    package init(capacity: Int = TokenLimits.cachedSignatures) {
        precondition(capacity >= 2, "a signature cache holds at least two tokens")
        half = capacity / 2
    }

    package var count: Int { newer.count + older.count }

    mutating func claims(of token: Digest) -> SignedClaims? {
        if let known = newer[token] { return known }
        guard let known = older[token] else { return nil }
        remember(known, for: token)
        return known
    }

    mutating func remember(_ claims: SignedClaims, for token: Digest) {
        if newer.count >= half {
            older = newer
            newer = [:]
        }
        newer[token] = claims
    }
}

/// What the payload of a token with a good signature says. Shared by the cache and by every call with that token, so that none copies it.
package final class SignedClaims: Sendable {
    package let claims: Claims
    /// SHA-256 of the `jti`: what ledger and deny set know the token by.
    package let tokenDigest: Digest

    init(_ claims: Claims) {
        self.claims = claims
        tokenDigest = claims.id.digest
    }
}
