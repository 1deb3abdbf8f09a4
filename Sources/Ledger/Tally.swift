import Synchronization

/// A number that only grows, raised on any thread without a lock.
package final class Tally: Sendable {
    private let held = Atomic<UInt64>(0)

    package init() {}

    package func add(_ amount: UInt64 = 1) { held.wrappingAdd(amount, ordering: .relaxed) }

    package var value: UInt64 { held.load(ordering: .relaxed) }
}
