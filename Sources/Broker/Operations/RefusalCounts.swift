import Synchronization

/// Refusals by the reason that is recorded for them. Reasons are ours and few; what would make the list longer than its bound is counted as other.
final class RefusalCounts: Sendable {
    /// Reasons counted by their own name.
    static let maxReasons = 128
    static let otherReason = "other"

    private let counts = Mutex<[String: UInt64]>([:])

    /// Only refused calls come here, which write to the ledger next: its lock is not on the path of an answer.
    func count(_ reason: String) {
        counts.withLock { counts in
            let isKnown = counts[reason] != nil || counts.count < RefusalCounts.maxReasons
            counts[isKnown ? reason : RefusalCounts.otherReason, default: 0] += 1
        }
    }

    func write(to text: inout MetricsText) {
        let counts = counts.withLock { $0 }
        text.counter(
            "concordat_refusals_total", "Refusals by the reason that the ledger has.",
            counts.sorted { $0.key < $1.key }.map { MetricsText.Sample($0.value, [("reason", $0.key)]) })
    }
}
