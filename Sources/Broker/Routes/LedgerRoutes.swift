import Cryptography
import Ledger
import RPC
import Storage
import TransparencyLog

/// The ledger over plain HTTPS, in the C2SP tlog-tiles layout under `/ledger/`: checkpoint and hash tiles for everybody, entry bundles for
/// callers that the registry knows.
struct LedgerRoutes: Sendable {
    let core: BrokerCore

    /// For the public listener: no bundles.
    var open: [HTTPRoute] {
        [HTTPRoute(prefix: "/ledger/") { request in await answer(request, withEntries: false) }]
    }

    /// For the API listener.
    var authenticated: [HTTPRoute] {
        [HTTPRoute(prefix: "/ledger/") { request in await answer(request, withEntries: true) }]
    }

    private func answer(_ request: HTTPRequest, withEntries: Bool) async -> HTTPResponse {
        guard let path = LogPath(request.path.dropFirst("/ledger/".count)), request.query == nil else {
            return .text(404, "The ledger has no such resource. See C2SP tlog-tiles for its paths.")
        }
        if case .entries = path {
            guard withEntries, await mayReadEntries(request) else {
                return .text(403, "Entry bundles are for auditors and for parties to an agreement. Use the API listener with such a certificate.")
            }
        }
        let checkpoint = core.ledger.checkpoint
        do throws(StorageFault) {
            let bytes = try await core.reader.read { store throws(StorageFault) in
                try LogResources(store, checkpoint: checkpoint).bytes(at: path)
            }
            guard let bytes else { return .text(404, "The ledger has no such resource at its present size.") }
            return HTTPResponse(status: 200, headers: LedgerRoutes.headers(path), body: bytes)
        } catch {
            core.logger.error("ledger resource", metadata: ["fault": "\(error)"])
            return .text(503, "The ledger cannot be read now. Try again.")
        }
    }

    private static func headers(_ path: LogPath) -> [(name: String, value: String)] {
        switch path {
        case .checkpoint: [("content-type", "text/plain; charset=utf-8"), ("cache-control", "max-age=1")]
        // A tile never changes once it is there, whatever its width.
        case .tile: [("content-type", "application/octet-stream"), ("cache-control", "max-age=31536000, immutable")]
        case .entries: [("content-type", "application/octet-stream"), ("cache-control", "private, max-age=31536000, immutable")]
        }
    }

    /// An auditor, an administrator of the operator, or anybody of an organisation that is party to an agreement.
    private func mayReadEntries(_ request: HTTPRequest) async -> Bool {
        guard let thumbprint = request.peer.thumbprint else { return false }
        let caller: Caller
        do throws(CallFault) {
            caller = try await core.caller(thumbprint)
        } catch {
            return false
        }
        guard caller.refusal(at: core.clock.now()) == nil else { return false }
        if caller.isAuditor || caller.administersAll { return true }
        let organisation = caller.organisation.number
        let atOnce = core.configuration.limits.agreementsAtOnce
        do throws(StorageFault) {
            return try await core.reader.read { store throws(StorageFault) in
                var isParty = false
                try store.eachAgreement(of: organisation, atOnce: atOnce) { _ in
                    isParty = true
                    return false
                }
                return isParty
            }
        } catch {
            core.logger.error("ledger entries", metadata: ["fault": "\(error)"])
            return false
        }
    }
}
