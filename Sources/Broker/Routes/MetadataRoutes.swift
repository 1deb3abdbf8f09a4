import RPC
import Tokens

/// What both listeners tell about tokens and health.
struct MetadataRoutes: Sendable {
    let core: BrokerCore

    var routes: [HTTPRoute] {
        [
            HTTPRoute(path: "/oauth2/jwks") { _ in
                HTTPResponse(
                    status: 200, headers: [("content-type", "application/jwk-set+json"), ("cache-control", "max-age=300")],
                    body: core.verifier.keys.jwks)
            },
            HTTPRoute(path: "/healthz") { _ in
                core.ledger.state == .running ? .text(200, "ok") : .text(503, "the ledger does not run")
            },
        ]
    }
}
