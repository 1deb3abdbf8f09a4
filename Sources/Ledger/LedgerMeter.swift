/// What the sequencer has done since its start, for operators.
package struct LedgerMeter: Sendable {
    /// Acts of each transaction.
    package let batchActs = Histogram(bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024])
    /// Nanoseconds of each transaction with its sync and signature.
    package let commits = Histogram.ofDurations()
}
