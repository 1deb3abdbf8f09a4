import BrokerProtocol
import Cryptography
import Storage
import Tokens

extension BrokerCore {
    /// Answers for the caller's own tokens only; every other text is `active: false` (tokens.md, L9).
    func introspect(_ request: Concordat_V1_IntrospectRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_IntrospectResponse {
        guard let claims = ownToken(request.token, call)?.claims else { return Concordat_V1_IntrospectResponse() }
        return .with {
            $0.active = true
            $0.expiresAt = claims.expiry.seconds
            $0.scope = claims.scope.text
            $0.clientID = claims.client.text
            $0.claims = String(decoding: claims.json.text, as: UTF8.self)
        }
    }

    /// A live token of the calling client, bound to the certificate of this connection; nil for anything else.
    func ownToken(_ text: String, _ call: Call) -> VerifiedToken? {
        let peer = TokenPeer(certificate: call.caller.certificate.thumbprint, client: call.caller.principal.id)
        let verifier = verifier
        do throws(TokenFault) {
            let signed = try SignedToken(text)
            let token = try signatures.withLock { cache throws(TokenFault) in
                try VerifiedToken(signed, by: verifier, cache: &cache, peer: peer, now: call.arrived, revocations: call.revocations)
            }
            guard token.claims.client == call.caller.principal.id, !ledger.epochs.isDenied(token.claims.id.digest) else { return nil }
            return token
        } catch {
            return nil
        }
    }
}
