import Synchronization

/// How many answers of a plain listener are being made: each outlives a connection that its peer closes at once.
final class RunningAnswers: Sendable {
    private let most: Int
    private let running = Atomic<Int>(0)

    init(most: Int) {
        self.most = most
    }

    /// Counts one more. False, and nothing is counted, where there are as many as may be.
    func begin() -> Bool {
        guard running.add(1, ordering: .relaxed).newValue > most else { return true }
        end()
        return false
    }

    func end() { running.subtract(1, ordering: .relaxed) }
}
