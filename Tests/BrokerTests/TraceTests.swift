import BrokerProtocol
import Cryptography
import DataSources
import Foundation
import RPC
import SwiftProtobuf
import Synchronization
import Testing
import Tokens
import Vocabulary

@testable import Broker

/// A call's log lines carry its trace id.
struct TraceTests {
    /// A broker, and the lines that it writes.
    private final class Logged: Sendable {
        private let bytes = Mutex<[UInt8]>([])

        func start() async throws -> (broker: RunningBroker, sink: LogSink) {
            let made = try await RunningBroker()
            await made.stop()
            let sink = LogSink { written in self.bytes.withLock { $0 += written } }
            let service = try await RunningBroker.start(made.home, log: BrokerLog(sink, label: "test", level: .info))
            return (RunningBroker(made, broker: service), sink)
        }

        /// Those that say `message`.
        func lines(_ message: String) -> [Substring] {
            bytes.withLock { String(decoding: $0, as: UTF8.self) }.split(separator: "\n").filter { $0.contains("\"message\":\"\(message)\"") }
        }
    }

    /// The traces of the lines "call" that follow one call with that `traceparent`.
    private func traces(_ headers: [String]) async throws -> [String] {
        let logged = Logged()
        let (broker, sink) = try await logged.start()
        let client = try await broker.client("dwp-admin")
        var metadata = Metadata()
        for header in headers { metadata.add("traceparent", header) }
        let _: Concordat_V1_Principal = try await client.unary(
            "/concordat.v1.RegistryService/WhoAmI", Concordat_V1_WhoAmIRequest(), metadata: metadata, timeout: .seconds(20))
        await client.close()
        await broker.stop()
        sink.flush()
        return logged.lines("call").compactMap { $0.firstMatch(of: /"trace":"([0-9a-f]{32})"/).map { String($0.1) } }
    }

    @Test func theCallersTraceStandsInTheCallsLine() async throws {
        #expect(
            try await traces(["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]) == ["4bf92f3577b34da6a3ce929d0e0e4736"])
    }

    /// What becomes of a call where a source or an import fails is found by the trace too.
    @Test func linesAboutSourcesAndImportsCarryTheTrace() async throws {
        let logged = Logged()
        let (broker, sink) = try await logged.start()
        let service = broker.broker
        let caller = try await service.core.caller(Thumbprint(Digest.sha256([UInt8](try broker.der("dwp-admin")))))
        let call = Call(
            method: "ImportBatch", caller: caller, revocations: RevocationSnapshot(service.core.ledger.epochs, of: caller), arrived: service.core.clock.now(),
            reference: "test", trace: TraceContext(high: 0x4bf9_2f35_77b3_4da6, low: 0xa3ce_929d_0e0e_4736), peerAddress: "127.0.0.1",
            authorization: [], isAbandoned: { false })
        #expect(service.core.sourceFault(.source(.busyForClient), call) == .busy(reason: "source_reads_waiting", stage: .source))
        _ = service.core.importFault(.unknownImport, call)
        await broker.stop()
        sink.flush()
        for message in ["source", "import"] {
            let line = logged.lines(message)
            #expect(line.count == 1)
            #expect(line.allSatisfy { $0.contains("\"trace\":\"4bf92f3577b34da6a3ce929d0e0e4736\"") })
        }
    }

    @Test func aBadTraceIsReplacedByAFreshOne() async throws {
        let found = try await traces(["00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"])
        #expect(found.count == 1)
        #expect(found.first?.uppercased() != "4BF92F3577B34DA6A3CE929D0E0E4736")
    }
}
