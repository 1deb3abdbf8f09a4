import Cryptography
import Vocabulary

/// A token that passed every check at one moment on one connection. There is no other way to make one, and `decide` takes nothing else.
package struct VerifiedToken: Sendable {
    /// What the token says; shared, so that nothing of it is copied on the way of a call.
    package let signed: SignedClaims

    package var claims: Claims { signed.claims }

    /// Checks in this order, cheap ones first: header and key, signature, payload, issuer and audience, times, the certificate, the
    /// counters, the revoked tokens. Whatever is thrown, the caller hears `TokenFault.answer` only.
    package init(
        _ token: SignedToken, by verifier: TokenVerifier, cache: inout SignatureCache, peer: TokenPeer, now: Timestamp,
        revocations: RevocationSnapshot
    ) throws(TokenFault) {
        let signed = try verifier.claims(of: token, cache: &cache)
        try verifier.check(signed.claims, now: now)
        guard constantTimeEqual(signed.claims.boundTo.digest, peer.certificate.digest) else {
            throw peer.client == signed.claims.client ? .certificateChanged : .otherCertificate
        }
        if let fault = revocations.fault(in: signed.claims) { throw fault }
        self.signed = signed
    }
}
