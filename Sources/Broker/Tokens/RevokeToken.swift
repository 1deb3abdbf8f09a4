import AuditTrail
import BrokerProtocol
import Storage
import Tokens

extension BrokerCore {
    /// Always OK, so that nobody learns whether a token exists (RFC 7009 §2.2). Only the caller's own are revoked.
    func revokeToken(_ request: Concordat_V1_RevokeRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_RevokeResponse {
        guard let claims = ownToken(request.token, call)?.claims else { return Concordat_V1_RevokeResponse() }
        return try await act(call) { scope throws(StorageFault) in
            guard try scope.store.deny(claims.id.digest, until: claims.expiry) else { return .done(Concordat_V1_RevokeResponse()) }
            let act = TokenEntry.Act.revoked(actor: scope.caller.principal.number, reason: "REVOKED_BY_CLIENT")
            scope.record(.token(TokenEntry(act: act, tokenDigest: claims.id.digest, client: scope.caller.principal.number)))
            return .done(Concordat_V1_RevokeResponse())
        }
    }
}
