import NIOCore
import Synchronization
import TLS
import Testing

@testable import RPC

@Suite struct LifetimeTests {
    /// Handlers that wait until they are cancelled, and what became of them.
    final class Witness: Sendable {
        private let seen = Mutex<[String]>([])
        func note(_ text: String) { seen.withLock { $0.append(text) } }
        var notes: [String] { seen.withLock { $0 } }

        var method: RPCMethod {
            .unary("/test.Text/Wait") { (request: Text, context) in
                self.note("started")
                do {
                    try await Task.sleep(for: .seconds(30))
                } catch {
                    self.note(context.isCancelled ? "cancelled" : "stopped")
                    throw error
                }
                return request
            }
        }

        func wait(for text: String) async throws {
            for _ in 0..<200 where !notes.contains(text) { try await Task.sleep(for: .milliseconds(10)) }
        }
    }

    /// A private key that was rotated away must not stay in memory until the process ends.
    @Test func theContextThatWasReplacedIsLetGo() async throws {
        let pair = try Loopback.folder.get().pair("server")
        func context() throws -> TLSServerContext {
            try TLSServerContext(
                TLSServerConfiguration(certificateChain: .file(pair.certificate), privateKey: .file(pair.key), clientCertificates: .none))
        }
        func serve() throws -> (RPCServer, Witnessed) {
            let first = try context()
            return (RPCServer(RPCServerConfiguration(host: "127.0.0.1", port: 0, tls: first, group: .singleton), methods: []), Witnessed(context: first))
        }
        let (server, witnessed) = try serve()
        #expect(witnessed.context != nil)
        try await server.start()
        server.replace(tls: try context())
        #expect(witnessed.context == nil)
        await server.stop(within: .seconds(1))
    }

    private struct Witnessed {
        weak var context: TLSServerContext?
    }

    @Test func deadlineEndsTheCallAndStopsItsHandler() async throws {
        let witness = Witness()
        try await Loopback.start([witness.method]).with { client in
            await #expect(throws: RPCStatus(.deadlineExceeded, "the call took longer than its deadline")) {
                try await client.unary("/test.Text/Wait", Text("x"), returning: Text.self, timeout: .seconds(1))
            }
            try await witness.wait(for: "cancelled")
            #expect(witness.notes == ["started", "cancelled"])
        }
    }

    @Test func serverEnforcesItsOwnBound() async throws {
        let witness = Witness()
        try await Loopback.start([witness.method]) { $0.limits.maxCallNanoseconds = 500_000_000 }.with { client in
            await #expect(throws: RPCStatus(.deadlineExceeded, "the call took longer than its deadline")) {
                try await client.unary("/test.Text/Wait", Text("x"), returning: Text.self)
            }
            #expect(witness.notes == ["started", "cancelled"])
        }
    }

    @Test func callerWhoCancelsStopsTheHandler() async throws {
        let witness = Witness()
        try await Loopback.start([witness.method]).with { client in
            let task = Task { try await client.unary("/test.Text/Wait", Text("x"), returning: Text.self) }
            try await witness.wait(for: "started")
            task.cancel()
            await #expect(throws: RPCStatus(.cancelled, "the call was cancelled")) { try await task.value }
            try await witness.wait(for: "cancelled")
            #expect(witness.notes == ["started", "cancelled"])
        }
    }

    @Test func lostConnectionStopsItsHandlers() async throws {
        let witness = Witness()
        try await Loopback.start([witness.method]).with { client in
            let task = Task { try await client.unary("/test.Text/Wait", Text("x"), returning: Text.self) }
            try await witness.wait(for: "started")
            await client.close()
            await #expect(throws: RPCStatus.self) { try await task.value }
            try await witness.wait(for: "cancelled")
            #expect(witness.notes == ["started", "cancelled"])
        }
    }

    @Test func stopLetsRunningCallsEnd() async throws {
        let method = RPCMethod.unary("/test.Text/Slow") { (request: Text, _) in
            try await Task.sleep(for: .milliseconds(400))
            return request
        }
        let loopback = try await Loopback.start([method])
        let client = try await loopback.client()
        let task = Task { try await client.unary("/test.Text/Slow", Text("x"), returning: Text.self).value }
        try await Task.sleep(for: .milliseconds(100))
        await loopback.server.stop(within: .seconds(30))
        #expect(try await task.value == "x")
        #expect(loopback.server.openConnections == 0)
        await #expect(throws: RPCStatus.self) { try await client.unary("/test.Text/Slow", Text("x"), returning: Text.self) }
    }

    @Test func stopEndsWhatWillNotEnd() async throws {
        let witness = Witness()
        let loopback = try await Loopback.start([witness.method])
        let client = try await loopback.client()
        let task = Task { try await client.unary("/test.Text/Wait", Text("x"), returning: Text.self) }
        try await witness.wait(for: "started")
        await loopback.server.stop(within: .milliseconds(300))
        await #expect(throws: RPCStatus.self) { try await task.value }
        #expect(loopback.server.openConnections == 0)
        #expect(witness.notes == ["started", "cancelled"])
    }

    @Test func connectionsAreBounded() async throws {
        let loopback = try await Loopback.start([CallTests.upper]) { $0.limits.maxConnectionsPerAddress = 2 }
        let first = try await loopback.client()
        let second = try await loopback.client()
        await #expect(throws: RPCStatus.self) { try await loopback.client() }
        await first.close()
        for _ in 0..<100 where loopback.server.openConnections > 1 { try await Task.sleep(for: .milliseconds(10)) }
        let third = try await loopback.client()
        #expect(try await third.unary("/test.Text/Upper", Text("a"), returning: Text.self).value == "A")
        await second.close()
        await third.close()
        await loopback.server.stop(within: .seconds(1))
    }

    @Test func clientWithoutCertificateGetsNoAnswer() async throws {
        let loopback = try await Loopback.start([CallTests.upper])
        do {
            let client = try await loopback.client(certificate: nil)
            _ = try await client.unary("/test.Text/Upper", Text("a"), returning: Text.self)
            Issue.record("answered")
        } catch let status as RPCStatus {
            #expect(status.code == .unavailable)
        }
        await loopback.server.stop(within: .seconds(1))
    }

    @Test func slowReaderHoldsTheWriter() async throws {
        let sent = Witness()
        let method = RPCMethod.serverStreamingBytes("/test.Text/Flood") { _, _, writer in
            for _ in 0..<200 {
                try await writer.write([UInt8](repeating: 7, count: 50_000))
                sent.note("x")
            }
        }
        try await Loopback.start([method]).with { client in
            let stream = try await client.serverStreaming("/test.Text/Flood", Text("a"), returning: Text.self)
            try await Task.sleep(for: .milliseconds(300))
            // Ten megabytes were asked for; windows and buffers hold a fraction of them.
            #expect(sent.notes.count < 100)
            stream.cancel()
        }
    }

    @Test func plainGetIsAnsweredAndBounded() async throws {
        let routes = [HTTPRoute(prefix: "/bytes/") { HTTPResponse(status: 200, body: [UInt8](repeating: 97, count: Int($0.path.dropFirst(7)) ?? 0)) }]
        try await Loopback.start([CallTests.upper], routes: routes).with { client in
            let answer = try await client.get("/bytes/300000", maxBytes: 300_000)
            #expect(answer.status == 200)
            #expect(answer.body.count == 300_000)
            await #expect(throws: RPCStatus(.resourceExhausted, "the answer is longer than 1000 bytes")) {
                try await client.get("/bytes/1001", maxBytes: 1000)
            }
            #expect(try await client.get("/nothing", maxBytes: 1000).status == 404)
        }
    }

    @Test func publicListenerServesStrangers() async throws {
        let loopback = try await Loopback.start([], routes: [HTTPRoute(path: "/healthz") { _ in .text(200, "ok") }], demandsCertificate: false)
        let client = try await loopback.client(certificate: nil)
        #expect(try await client.get("/healthz", maxBytes: 10).body == Array("ok\n".utf8))
        await client.close()
        await loopback.server.stop(within: .seconds(1))
    }
}
