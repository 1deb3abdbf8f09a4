import BrokerProtocol
import Foundation
import FoundationNetworking
import HTTP1
import Ledger
import RPC
import Storage
import Testing
import Vocabulary

@testable import Broker

/// What the operations listener tells, and to whom.
struct OperationsTests {
    private func get(_ port: Int, _ path: String) async throws -> (status: Int, body: String) {
        let url = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
        let (body, response) = try await URLSession.shared.data(from: url)
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: body, as: UTF8.self))
    }

    /// A running broker whose configuration names an operations listener.
    private func started(_ made: RunningBroker, clock: BrokerClock = .system) async throws -> BrokerService {
        var configuration = try ConfigurationFile.read(path: made.home.configuration)
        configuration.operations = BrokerConfiguration.Listener(host: "127.0.0.1", port: 0)
        return try await RunningBroker.start(made.home, configuration, clock: clock)
    }

    @Test func metricsFollowTheFormatAndCountCallsByMethodAndCode() async throws {
        let made = try await RunningBroker()
        await made.stop()
        let broker = RunningBroker(made, broker: try await started(made))
        let port = try #require(broker.broker.operationsPort)
        let _: Concordat_V1_Principal = try await broker.call("dwp-admin", "RegistryService/WhoAmI", Concordat_V1_WhoAmIRequest())
        _ = try await broker.refusal("stranger", "RegistryService/WhoAmI", Concordat_V1_WhoAmIRequest())
        _ = try await broker.refusal("dwp-admin", "RegistryService/Nothing", Concordat_V1_WhoAmIRequest())
        let page = try await get(port, "/metrics")
        #expect(page.status == 200)
        let metrics = try MetricsReading(page.body)
        let method = "method=\"/concordat.v1.RegistryService/WhoAmI\""
        #expect(metrics.samples["concordat_calls_total{\(method),code=\"OK\"}"] == 1)
        #expect(metrics.samples["concordat_calls_total{\(method),code=\"UNAUTHENTICATED\"}"] == 1)
        #expect(metrics.samples["concordat_call_duration_seconds_count{\(method)}"] == 2)
        #expect(metrics.samples["concordat_ready"] == 1)
        #expect(metrics.samples["concordat_queue_depth{queue=\"ledger\"}"] == 0)
        for queue in ["store_readers", "source_readers", "stream_readers"] {
            #expect(metrics.samples["concordat_queue_depth{queue=\"\(queue)\"}"] == 0)
        }
        #expect(metrics.samples["concordat_running_streams"] == 0)
        for band in DailyUse.Band.allCases { #expect(metrics.samples["concordat_daily_quotas{used=\"\(band.rawValue)\"}"] == 0) }
        #expect(metrics.samples["concordat_daily_quota_most_used_ratio"] == 0)
        #expect((metrics.samples["concordat_ledger_batch_acts_count"] ?? 0) >= 1)
        #expect((metrics.samples["concordat_certificate_not_after_seconds"] ?? 0) > 1_700_000_000)
        for name in RunningBroker.people { #expect(!page.body.contains(name)) }
        #expect(!page.body.contains("Nothing"))
        try acceptedByPromtool(page.body)
        await broker.stop()
    }

    /// Prometheus's own check, where it is installed.
    private func acceptedByPromtool(_ text: String) throws {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        guard let tool = folders.map({ "\($0)/promtool" }).first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else { return }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: tool)
        process.arguments = ["check", "metrics"]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(String(decoding: said, as: UTF8.self) == "")
    }

    @Test func aBrokerThatCanServeIsReadyAndOneWithoutLedgerIsNotButStillAnswers() async throws {
        let made = try await RunningBroker()
        await made.stop()
        let service = try await started(made)
        let port = try #require(service.operationsPort)
        #expect(try await get(port, "/healthz") == (200, "ok\n"))
        #expect(try await get(port, "/readyz") == (200, "ready\n"))
        #expect(try await get(port, "/").status == 404)
        await service.core.ledger.stop()
        #expect(try await get(port, "/readyz") == (503, "stopped: the ledger takes nothing more\n"))
        #expect(try await get(port, "/healthz") == (200, "ok\n"))
        #expect(try await MetricsReading(get(port, "/metrics").body).samples["concordat_ready"] == 0)
        await service.stop()
        withExtendedLifetime(made) {}
    }

    /// Whoever spreads calls over brokers sends none to one that takes none.
    @Test func aBrokerThatStopsIsNotReadyWhileRunningCallsEnd() async throws {
        let made = try await RunningBroker()
        await made.stop()
        let service = try await started(made)
        let port = try #require(service.operationsPort)
        service.core.isStopping.store(true, ordering: .relaxed)
        #expect(try await get(port, "/readyz") == (503, "stopping: calls that run are finished, and no new one is taken\n"))
        #expect(try await get(port, "/healthz") == (200, "ok\n"))
        #expect(try await MetricsReading(get(port, "/metrics").body).samples["concordat_ready"] == 0)
        await service.stop()
        withExtendedLifetime(made) {}
    }

    @Test func enrolledCertificatesAreCountedBeforeAnythingIsServed() async throws {
        let broker = try await RunningBroker()
        // The fixture's administrator, whose certificate ends in ten days.
        #expect(broker.broker.core.enrolledExpiry.withLock { $0 } == [.within30Days: 1])
        await broker.stop()
    }

    @Test func certificatesOfARetiredOrganisationAreNotInUse() async throws {
        let broker = try await RunningBroker()
        try await broker.registerEverybody()
        await broker.broker.core.countCertificates()
        // The administrator and twelve others, of whom one service is of York.
        #expect(broker.broker.core.enrolledExpiry.withLock { $0 } == [.within30Days: 13])
        let _: Concordat_V1_Organisation = try await broker.call(
            "dwp-admin", "RegistryService/RetireOrganisation", Concordat_V1_RetireOrganisationRequest.with { $0.id = "york-cc"; $0.reason = "Merged." })
        await broker.broker.core.countCertificates()
        #expect(broker.broker.core.enrolledExpiry.withLock { $0 } == [.within30Days: 12])
        await broker.stop()
    }

    @Test func anOperationsPortThatIsTakenIsToldInWords() async throws {
        let made = try await RunningBroker()
        await made.stop()
        let first = try await started(made)
        let port = try #require(first.operationsPort)
        let other = try await RunningBroker()
        await other.stop()
        var configuration = try ConfigurationFile.read(path: other.home.configuration)
        configuration.operations = BrokerConfiguration.Listener(host: "127.0.0.1", port: port)
        let asked = configuration
        await #expect(throws: BrokerFault.configuration(
            file: other.home.configuration, key: "listen.operations",
            reason: "cannot listen on 127.0.0.1:\(port): another program listens there already; free the address or give another")
        ) { try await RunningBroker.start(other.home, asked) }
        await first.stop()
        withExtendedLifetime((made, other)) {}
    }

    @Test func aClockMoreThanAMinuteBehindTheNewestEntryIsNotReady() async throws {
        let broker = try await RunningBroker()
        let ledger = broker.broker.core.ledger
        let now = BrokerClock.system.now()
        #expect(ledger.hindrance(at: now.advanced(seconds: -50), home: broker.home) == nil)
        #expect(ledger.hindrance(at: now.advanced(seconds: -70), home: broker.home) == .clock)
        await broker.stop()
    }

    @Test func aFileSystemThatCannotBeAskedIsNotReady() async throws {
        let broker = try await RunningBroker()
        #expect(broker.broker.core.ledger.hindrance(at: BrokerClock.system.now(), home: BrokerHome("/nowhere")) == .disk)
        await broker.stop()
    }

    @Test func withoutTheKeyNothingListens() async throws {
        let broker = try await RunningBroker()
        #expect(broker.broker.operationsPort == nil)
        await broker.stop()
    }

    @Test(arguments: ["0.0.0.0", "10.0.0.1", "127.0.0", "127.0.0.256", "broker.example", "::", "127.0.0.1.example", "127.+1.0.0", "127.0.0.010", "127.0.0.", "127.0.0.-1", "0127.0.0.1"])
    func anAddressThatOthersReachIsNoLoopbackAddress(_ host: String) {
        #expect(!PlainListener.isLoopback(host))
    }

    @Test(arguments: ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
    func loopbackAddressesAreKnown(_ host: String) {
        #expect(PlainListener.isLoopback(host))
    }

    @Test func reasonsBeyondTheBoundAreCountedTogether() throws {
        let counts = RefusalCounts()
        for number in 0..<RefusalCounts.maxReasons + 3 { counts.count("reason_\(number)") }
        counts.count("reason_0")
        var text = MetricsText()
        counts.write(to: &text)
        let samples = try MetricsReading(text.text).samples
        #expect(samples.count == RefusalCounts.maxReasons + 1)
        #expect(samples["concordat_refusals_total{reason=\"reason_0\"}"] == 2)
        #expect(samples["concordat_refusals_total{reason=\"other\"}"] == 3)
    }

    @Test func unknownMethodsAreCountedTogether() throws {
        let calls = CallMetrics(methods: ["/a/B"])
        for number in 0..<5 { calls.count(method: "/x/\(number)", code: .unimplemented, nanoseconds: 1) }
        calls.count(method: "/a/B", code: .ok, nanoseconds: 1_000_000)
        var text = MetricsText()
        calls.write(to: &text)
        let samples = try MetricsReading(text.text).samples
        #expect(samples["concordat_calls_total{method=\"other\",code=\"UNIMPLEMENTED\"}"] == 5)
        #expect(samples["concordat_call_duration_seconds_bucket{method=\"/a/B\",le=\"0.0005\"}"] == 0)
        // A bound belongs to its bucket.
        #expect(samples["concordat_call_duration_seconds_bucket{method=\"/a/B\",le=\"0.001\"}"] == 1)
        #expect(samples["concordat_call_duration_seconds_sum{method=\"/a/B\"}"] == 0.001)
    }

    @Test func labelValuesAreEscaped() {
        var text = MetricsText()
        text.gauge("a", "b\\c\nd", [MetricsText.Sample(0.5, [("l", "x\"y\\z\n")])])
        #expect(text.text == "# HELP a b\\\\c\\nd\n# TYPE a gauge\na{l=\"x\\\"y\\\\z\\n\"} 0.5\n")
    }

    @Test func expiryStepsBeginAt30And7And1Days() {
        let day: Int64 = 86_400
        let steps = [-1, 0, day, day + 1, 7 * day, 7 * day + 1, 30 * day, 30 * day + 1].map { CertificateExpiry(notAfter: 1_000 + $0, now: 1_000) }
        #expect(steps == [.expired, .within1Day, .within1Day, .within7Days, .within7Days, .within30Days, .within30Days, .later])
    }
}
