import BrokerProtocol
import Foundation
import RPC
import SwiftProtobuf
import Synchronization
import Testing

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

    @Test func aBadTraceIsReplacedByAFreshOne() async throws {
        let found = try await traces(["00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"])
        #expect(found.count == 1)
        #expect(found.first?.uppercased() != "4BF92F3577B34DA6A3CE929D0E0E4736")
    }
}
