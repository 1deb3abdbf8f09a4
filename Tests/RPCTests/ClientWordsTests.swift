import Testing

@testable import RPC

/// What a client's user is told where the other side is not what they meant.
@Suite struct ClientWordsTests {
    @Test func anAnswerThatIsNotGRPCIsToldByItsStatusAndNotReadAsAMessage() async throws {
        let page = HTTPRoute(prefix: "/") { _ in .text(200, "This is a page.") }
        try await Loopback.start(routes: [page]).with { client in
            await #expect(throws: RPCStatus(.unknown, "the server answered with HTTP status 405")) { try await client.callBytes("/a.B/C", []) }
        }
        try await Loopback.start().with { client in
            await #expect(throws: RPCStatus(.unimplemented, "the server answered with HTTP status 404")) { try await client.callBytes("/a.B/C", []) }
        }
    }

    @Test func aPortWhereNothingListensIsSaidInWords() async throws {
        let loopback = try await Loopback.start()
        await loopback.server.stop(within: .zero)
        let refusal = RPCStatus(.unavailable, "cannot connect to localhost:\(loopback.port): nothing listens there")
        await #expect(throws: refusal) { try await loopback.client() }
    }

    @Test func aPortThatIsTakenIsSaidInWords() async throws {
        let loopback = try await Loopback.start()
        let fault = RPCServer.ServerError.cannotBind(address: "127.0.0.1:\(loopback.port)", reason: "another program listens there already")
        await #expect(throws: fault) { try await Loopback.start { $0.port = loopback.port } }
        await loopback.server.stop(within: .zero)
    }

    @Test func whatTLSFoundIsSaidInWordsAndMarked() async throws {
        let loopback = try await Loopback.start()
        let details: [RPCDetail] = [.errorInfo(reason: "TLS_FAILED", domain: "tls", metadata: [:])]
        let untrusted = RPCStatus(
            .unavailable,
            "cannot connect to elsewhere.example:\(loopback.port): the server's certificate is of another name; connect by a name or address that stands in it",
            details: details)
        await #expect(throws: untrusted) { try await loopback.client { $0.serverName = "elsewhere.example" } }
        try loopback.folder.issue("has-ended", by: "ca", usage: "clientAuth", days: -1)
        let refused = RPCStatus(
            .unavailable,
            "the connection to localhost:\(loopback.port) was lost: your certificate has ended (TLS alert 45, certificate_expired); give a current one", details: details)
        await #expect(throws: refused) {
            let client = try await loopback.client(certificate: "has-ended")
            _ = try await client.callBytes("/a.B/C", [])
        }
        await loopback.server.stop(within: .zero)
    }
}
