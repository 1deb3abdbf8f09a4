import Storage
import Tokens
import Vocabulary

extension BrokerCore {
    /// Steps 3 and 4 of an exchange: the token of a call, verified for this connection at this moment, with its epochs unchanged.
    func verifiedToken(_ call: Call) throws(CallFault) -> VerifiedToken {
        let peer = TokenPeer(
            certificate: call.caller.certificate.thumbprint, client: call.caller.principal.kind == .service ? call.caller.principal.id : nil)
        let verifier = verifier
        do throws(TokenFault) {
            let signed = try SignedToken(authorization: call.authorization)
            let token = try signatures.withLock { cache throws(TokenFault) in
                try VerifiedToken(signed, by: verifier, cache: &cache, peer: peer, now: call.arrived, revocations: call.revocations)
            }
            guard !ledger.isDenied(token.signed.tokenDigest) else { throw TokenFault.revoked }
            return token
        } catch {
            throw error.answer == .certificateChanged ? .certificateChanged : .unauthenticated(reason: error.reason)
        }
    }
}
