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
    private final class Lines: Sendable {
        let bytes = Mutex<[UInt8]>([])
    }

    /// The traces of the lines "call" that follow one call with that `traceparent`.
    private func traces(_ headers: [String]) async throws -> [String] {
        let made = try await RunningBroker()
        await made.stop()
        let lines = Lines()
        let sink = LogSink { bytes in lines.bytes.withLock { $0 += bytes } }
        let configuration = try ConfigurationFile.read(path: made.home.configuration)
        let service = try await RunningBroker.start(made.home, configuration, log: BrokerLog(sink, label: "test", level: .info))
        let broker = RunningBroker(made, broker: service)
        let client = try await broker.client("dwp-admin")
        var metadata = Metadata()
        for header in headers { metadata.add("traceparent", header) }
        let _: Concordat_V1_Principal = try await client.unary(
            "/concordat.v1.RegistryService/WhoAmI", Concordat_V1_WhoAmIRequest(), metadata: metadata, timeout: .seconds(20))
        await client.close()
        await broker.stop()
        sink.flush()
        return lines.bytes.withLock { String(decoding: $0, as: UTF8.self) }.split(separator: "\n").filter { $0.contains("\"message\":\"call\"") }
            .compactMap { $0.firstMatch(of: /"trace":"([0-9a-f]{32})"/).map { String($0.1) } }
    }

    @Test func theCallersTraceStandsInTheCallsLine() async throws {
        #expect(
            try await traces(["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]) == ["4bf92f3577b34da6a3ce929d0e0e4736"])
    }

    /// What becomes of a call where a source or an import fails is found by the trace too.
    @Test func linesAboutSourcesAndImportsCarryTheTrace() async throws {
        let made = try await RunningBroker()
        await made.stop()
        let lines = Lines()
        let sink = LogSink { bytes in lines.bytes.withLock { $0 += bytes } }
        let configuration = try ConfigurationFile.read(path: made.home.configuration)
        let service = try await BrokerService.start(made.home, configuration, log: BrokerLog(sink, label: "test", level: .info))
        let broker = RunningBroker(made, broker: service)
        let caller = try await service.core.caller(Thumbprint(Digest.sha256([UInt8](try made.der("dwp-admin")))))
        let call = Call(
            method: "ImportBatch", caller: caller, revocations: RevocationSnapshot(service.core.ledger.epochs, of: caller), arrived: service.core.clock.now(),
            reference: "test", trace: TraceContext(high: 0x4bf9_2f35_77b3_4da6, low: 0xa3ce_929d_0e0e_4736), peerAddress: "127.0.0.1",
            authorization: [], isAbandoned: { false })
        #expect(service.core.sourceFault(.source(.busyForClient), call) == .busy(reason: "source_reads_waiting", stage: .source))
        _ = service.core.importFault(.unknownImport, call)
        await broker.stop()
        sink.flush()
        let written = lines.bytes.withLock { String(decoding: $0, as: UTF8.self) }.split(separator: "\n")
        for message in ["source", "import"] {
            let line = written.filter { $0.contains("\"message\":\"\(message)\"") }
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
