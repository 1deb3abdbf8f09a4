import Dispatch
import Synchronization

/// A bounded queue from many threads to one. The receiver takes everything that waits at once; it sleeps only when nothing does, and only
/// then does a sender pay for waking it.
package final class Mailbox<Element: Sendable>: Sendable {
    package enum Posting: Hashable, Sendable {
        case accepted
        /// As many wait as the capacity allows: push back on the sender.
        case full
        case closed
    }

    private struct State {
        var waiting: [Element] = []
        var isClosed = false
        var receiverSleeps = false
    }

    package let capacity: Int
    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    /// - Precondition: `capacity` is at least 1.
    package init(capacity: Int) {
        precondition(capacity >= 1, "a mailbox holds at least one element")
        self.capacity = capacity
    }

    package func post(_ element: Element) -> Posting {
        let (posting, wakes) = state.withLock { state -> (Posting, Bool) in
            guard !state.isClosed else { return (.closed, false) }
            guard state.waiting.count < capacity else { return (.full, false) }
            state.waiting.append(element)
            let wakes = state.receiverSleeps
            state.receiverSleeps = false
            return (.accepted, wakes)
        }
        if wakes { bell.signal() }
        return posting
    }

    /// Nothing more is accepted; what waits can still be drained.
    package func close() {
        let wakes = state.withLock { state -> Bool in
            state.isClosed = true
            let wakes = state.receiverSleeps
            state.receiverSleeps = false
            return wakes
        }
        if wakes { bell.signal() }
    }

    /// How many wait now.
    package var count: Int { state.withLock { $0.waiting.count } }

    package var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Takes all that waits into `batch`, which it empties first; sleeps until there is something, the mailbox is closed, or `timeout` has
    /// passed (then the batch stays empty). False when it is closed and nothing will come. One receiver only.
    package func drain(into batch: inout [Element], waiting timeout: Duration) -> Bool {
        batch.removeAll(keepingCapacity: true)
        let deadline = DispatchTime.now() + timeout.dispatchInterval
        while true {
            let open = take(into: &batch)
            if !batch.isEmpty || !open { return open || !batch.isEmpty }
            guard bell.wait(timeout: deadline) == .timedOut else { continue }
            // A sender that saw us asleep has rung, or is about to: that ring must not be left for the next sleep.
            let rings = state.withLock { state -> Bool in
                let rings = !state.receiverSleeps
                state.receiverSleeps = false
                return rings
            }
            guard rings else { return true }
            bell.wait()
        }
    }

    /// Moves what waits into `batch`; where nothing does, says that the receiver is going to sleep. False once closed.
    private func take(into batch: inout [Element]) -> Bool {
        // The two arrays change places, so that neither is allocated again in steady state.
        state.withLock { state in
            guard state.waiting.isEmpty else {
                swap(&state.waiting, &batch)
                return !state.isClosed
            }
            if !state.isClosed { state.receiverSleeps = true }
            return !state.isClosed
        }
    }
}

extension Duration {
    /// Rounded down to nanoseconds, at most about 292 years.
    fileprivate var dispatchInterval: DispatchTimeInterval {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return .nanoseconds(overflow ? Int.max : Int(product) + Int(attoseconds / 1_000_000_000))
    }
}
