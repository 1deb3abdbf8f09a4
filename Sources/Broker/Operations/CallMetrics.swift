import Ledger
import RPC

/// How calls ended and how long they took, by method and code. Reported on the event loops without a lock; what can be counted is fixed at the
/// start, so that no caller makes the list longer.
final class CallMetrics: Sendable {
    private struct Row: Sendable {
        /// In the order of `RPCCode.allCases`.
        let codes = RPCCode.allCases.map { _ in Tally() }
        let durations = Histogram.ofDurations()
    }

    /// What a call of an unknown method is counted under.
    static let otherMethod = "other"

    private let rows: [String: Row]
    private let other = Row()

    /// - Parameter methods: paths such as `/concordat.v1.ExchangeService/Query`.
    init(methods: [String]) {
        rows = Dictionary(methods.map { ($0, Row()) }) { first, _ in first }
    }

    func count(_ report: CallReport) { count(method: report.method, code: report.code, nanoseconds: report.nanoseconds) }

    func count(method: String, code: RPCCode, nanoseconds: UInt64) {
        let row = rows[method] ?? other
        row.codes[code.rawValue].add()
        row.durations.observe(nanoseconds)
    }

    /// Methods that were called, by name. A method's share of the text is its codes that occurred and its histogram.
    func write(to text: inout MetricsText) {
        let used = (rows.sorted { $0.key < $1.key }.map { (method: $0.key, row: $0.value) } + [(CallMetrics.otherMethod, other)])
            .filter { $0.row.codes.contains { $0.value > 0 } }
        text.counter(
            "concordat_calls_total", "Calls that have ended, by method and gRPC status code.",
            used.flatMap { method, row in
                RPCCode.allCases.filter { row.codes[$0.rawValue].value > 0 }.map {
                    MetricsText.Sample(row.codes[$0.rawValue].value, [("method", method), ("code", $0.name)])
                }
            })
        text.histogram(
            "concordat_call_duration_seconds", "Time from a call's first byte to its end, by method.", perUnit: 1_000_000_000,
            used.map { ([("method", $0.method)], $0.row.durations) })
    }
}
