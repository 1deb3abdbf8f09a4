/// A bucket of tokens: `burst` at once, `perSecond` after that. Time is given by the caller in nanoseconds.
struct FrameBudget {
    private let burst: Int
    private let perSecond: Int
    private var tokens: Int
    private var refilledAt: UInt64

    init(burst: Int, perSecond: Int, now: UInt64) {
        self.burst = burst
        self.perSecond = perSecond
        tokens = burst
        refilledAt = now
    }

    /// Adds what the time since the last call is worth.
    mutating func refill(_ now: UInt64) {
        guard now > refilledAt else { return }
        let earned = Int(clamping: (now - refilledAt) / 1_000_000) * perSecond / 1000
        guard earned > 0 else { return }
        tokens = min(burst, tokens + earned)
        refilledAt = now
    }

    /// Useful work earns the right to a few idle frames.
    mutating func earn(_ count: Int) {
        tokens = min(burst, tokens + count)
    }

    /// False when the budget is used up.
    mutating func spend(_ count: Int = 1) -> Bool {
        guard tokens >= count else {
            tokens = 0
            return false
        }
        tokens -= count
        return true
    }
}

/// The times of the last resets sent; refuses one more when the oldest of a full list is inside the window.
struct SentResets {
    private let limit: Int
    private let window: UInt64
    private var times: [UInt64] = []
    private var next = 0

    init(limit: Int, window: UInt64) {
        self.limit = limit
        self.window = window
    }

    /// Records a reset. False when it was one too many.
    mutating func record(_ now: UInt64) -> Bool {
        guard times.count == limit else {
            times.append(now)
            return true
        }
        let oldest = times[next]
        times[next] = now
        next = (next + 1) % limit
        return now - min(now, oldest) > window
    }
}
