import HTTP1
import Ledger
import RPC
import SQLiteStorage
import Storage
import Synchronization
import Vocabulary

/// What the operations listener tells this machine: whether the process answers, whether the broker can serve, and its metrics. Numbers and words of
/// ours only; no name of an organisation, a client or a person.
final class OperationsPages: Sendable {
    private let core: BrokerCore
    private let home: BrokerHome
    private let calls: CallMetrics
    private let readers: [SQLiteReader]
    private let api: RPCServer
    private let open: RPCServer

    init(_ core: BrokerCore, _ home: BrokerHome, calls: CallMetrics, readers: [SQLiteReader], api: RPCServer, open: RPCServer) {
        self.core = core
        self.home = home
        self.calls = calls
        self.readers = readers
        self.api = api
        self.open = open
    }

    func answer(_ path: String) async -> PlainAnswer {
        switch path {
        case "/healthz": .text(200, "ok")
        case "/readyz": ready
        case "/metrics": PlainAnswer(status: 200, contentType: MetricsText.contentType, body: Array(metrics.utf8))
        default: .text(404, "Only /healthz, /readyz and /metrics are here.")
        }
    }

    private var ready: PlainAnswer {
        // For as long as running calls are let end the ledger still takes their acts, and nothing new is accepted.
        if core.isStopping.load(ordering: .relaxed) { return .text(503, "stopping: calls that run are finished, and no new one is taken") }
        return switch core.ledger.hindrance(at: core.clock.now(), home: home) {
        case nil: .text(200, "ready")
        case .failed: .text(503, "failed: the ledger has met a fault; restart the broker, which recovers from disk")
        case .stopped: .text(503, "stopped: the ledger takes nothing more")
        case .clock: .text(503, "clock: it stands behind the ledger's newest entry; set it right")
        case .disk: .text(503, "disk: its reserve is used up; free some space")
        }
    }

    private var metrics: String {
        var text = MetricsText()
        calls.write(to: &text)
        core.refusals.write(to: &text)
        writeLedger(to: &text)
        writeQueues(to: &text)
        writeQuotas(to: &text)
        writeCertificates(to: &text)
        text.gauge(
            "concordat_build_info", "Always 1; the version is a label.", [MetricsText.Sample(1, [("version", BrokerVersion.text)])])
        return text.text
    }

    private func writeLedger(to text: inout MetricsText) {
        let meter = core.ledger.meter
        let hindrance = core.ledger.hindrance(at: core.clock.now(), home: home)
        let isReady = hindrance == nil && !core.isStopping.load(ordering: .relaxed)
        text.gauge("concordat_ready", "1 where the broker can serve, otherwise 0.", [MetricsText.Sample(isReady ? 1 : 0)])
        text.gauge("concordat_ledger_entries", "Size of the ledger.", [MetricsText.Sample(core.ledger.checkpoint.size)])
        text.histogram("concordat_ledger_batch_acts", "Acts in one transaction of the ledger.", perUnit: 1, [([], meter.batchActs)])
        text.histogram(
            "concordat_ledger_commit_duration_seconds", "Time of one transaction of the ledger with its sync and signature.", perUnit: 1_000_000_000,
            [([], meter.commits)])
    }

    private func writeQueues(to text: inout MetricsText) {
        text.gauge(
            "concordat_queue_depth", "Pieces of work that wait, by queue.",
            [
                MetricsText.Sample(core.ledger.waitingActs, [("queue", "ledger")]),
                MetricsText.Sample(readers.map(\.waitingReads).reduce(0, +), [("queue", "store_readers")]),
                MetricsText.Sample(core.sources.waitingReads, [("queue", "source_readers")]),
                MetricsText.Sample(core.sources.waitingStreamReads, [("queue", "stream_readers")]),
            ])
        text.gauge(
            "concordat_open_connections", "Connections open now, by listener.",
            [MetricsText.Sample(api.openConnections, [("listener", "api")]), MetricsText.Sample(open.openConnections, [("listener", "public")])])
        text.gauge("concordat_running_streams", "Calls with many answers that run now: streams of records, and watches.", [MetricsText.Sample(core.runningStreams.load(ordering: .relaxed))])
    }

    /// By how much is used, and not by agreement: there is no bound on those, and which department asks another for how much is not for everybody who
    /// may look at a machine. Whom a figure is about an officer finds in the ledger.
    private func writeQuotas(to text: inout MetricsText) {
        text.gauge("concordat_spent_quotas", "Quotas known to be used up.", [MetricsText.Sample(core.spentQuotas.count)])
        let reading = core.dailyUse.reading(on: core.clock.now().utcDate)
        text.gauge(
            "concordat_daily_quotas",
            "Quotas of this UTC day, one for a client and agreement, by how much of the limit is used of which least is left; those charged to since the start.",
            DailyUse.Band.allCases.map { MetricsText.Sample(reading.quotas[$0, default: 0], [("used", $0.rawValue)]) })
        text.gauge(
            "concordat_daily_quota_most_used_ratio", "Share of the one of these quotas that is used most, from 0 to 1.",
            [MetricsText.Sample(reading.mostUsed)])
    }

    private func writeCertificates(to text: inout MetricsText) {
        text.gauge(
            "concordat_certificate_not_after_seconds", "End of the broker's own certificate, in seconds since 1970.", [MetricsText.Sample(Int(core.certificateEnd.load(ordering: .relaxed)))])
        let counts = core.enrolledExpiry.withLock { $0 }
        text.gauge(
            "concordat_enrolled_certificates", "Enrolled certificates in use, by how soon they end; counted at the start and every minute.",
            CertificateExpiry.allCases.map { MetricsText.Sample(counts[$0, default: 0], [("expires", $0.rawValue)]) })
    }
}
