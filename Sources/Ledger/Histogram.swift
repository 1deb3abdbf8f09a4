/// How often a whole number fell between fixed bounds. Observed on any thread without a lock.
package final class Histogram: Sendable {
    /// What was observed until now.
    package struct Reading: Hashable, Sendable {
        /// For each bound how many observations were at most that large; then all of them.
        package let cumulative: [UInt64]
        /// Of everything observed.
        package let sum: UInt64
    }

    /// Upper bounds, included, ascending.
    package let bounds: [UInt64]
    private let counts: [Tally]
    private let sum = Tally()

    /// - Precondition: the bounds ascend.
    package init(bounds: [UInt64]) {
        precondition(zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds ascend")
        self.bounds = bounds
        counts = (0...bounds.count).map { _ in Tally() }
    }

    package func observe(_ value: UInt64) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count].add()
        sum.add(value)
    }

    package var reading: Reading {
        var total: UInt64 = 0
        let cumulative = counts.map { count in
            total += count.value
            return total
        }
        return Reading(cumulative: cumulative, sum: sum.value)
    }

    /// Nanoseconds from half a millisecond to half a minute.
    package static func ofDurations() -> Histogram {
        Histogram(
            bounds: [
                500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000,
                2_500_000_000, 5_000_000_000, 10_000_000_000, 30_000_000_000,
            ])
    }
}
