import Cryptography
import Vocabulary

/// A token that passed every check at one moment on one connection. There is no other way to make one, and `decide` takes nothing else.
package struct VerifiedToken: Sendable {
    package let claims: Claims

    /// Checks in this order, cheap ones first: header and key, signature, payload, issuer and audience, times, the certificate, the
    /// counters, the revoked tokens. Whatever is thrown, the caller hears `TokenFault.answer` only.
    package init(
        _ token: SignedToken, by verifier: TokenVerifier, cache: inout SignatureCache, peer: TokenPeer, now: Timestamp,
        revocations: RevocationSnapshot
    ) throws(TokenFault) {
        let claims = try verifier.claims(of: token, cache: &cache)
        try verifier.check(claims, now: now)
        guard constantTimeEqual(claims.boundTo.digest, peer.certificate.digest) else {
            throw peer.client == claims.client ? .certificateChanged : .otherCertificate
        }
        if let fault = revocations.fault(in: claims) { throw fault }
        self.claims = claims
    }

    /// Whether the counters are still those of the token: compared again before every batch and by the writer.
    package func isCurrent(in revocations: RevocationSnapshot) -> Bool {
        revocations.fault(in: claims) == nil
    }
}
