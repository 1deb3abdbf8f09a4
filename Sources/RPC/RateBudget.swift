/// How often each of many may do something: a bucket of tokens for each of them. Time is a parameter.
package struct RateBudget<Key: Hashable & Sendable>: Sendable {
    private struct Bucket {
        var tokens: Int
        var refilledAt: UInt64
    }

    private let burst: Int
    private let perSecond: Int
    private let maxKeys: Int
    private var buckets: [Key: Bucket] = [:]

    /// `burst` at once, and `perSecond` each second after that. At most `maxKeys` are remembered; beyond that the table starts again with full
    /// buckets.
    package init(burst: Int, perSecond: Int, maxKeys: Int) {
        self.burst = burst
        self.perSecond = perSecond
        self.maxKeys = maxKeys
    }

    package var count: Int { buckets.count }

    /// Takes a token of `key`. False where none is left. `now` is a clock in nanoseconds; where it goes back, nothing is earned.
    package mutating func admit(_ key: Key, now: UInt64) -> Bool {
        var bucket = buckets[key] ?? Bucket(tokens: burst, refilledAt: now)
        if now > bucket.refilledAt {
            let earned = Int(clamping: (now - bucket.refilledAt) / 1_000_000).multipliedReportingOverflow(by: perSecond)
            let tokens = earned.overflow ? burst : earned.partialValue / 1_000
            if tokens >= burst - bucket.tokens {
                bucket.tokens = burst
                bucket.refilledAt = now
            } else if tokens > 0 {
                bucket.tokens += tokens
                // The rest of the time counts towards the next token.
                bucket.refilledAt += UInt64(tokens) * 1_000_000_000 / UInt64(perSecond)
            }
        }
        let isAdmitted = bucket.tokens > 0
        if isAdmitted { bucket.tokens -= 1 }
        if buckets[key] == nil, buckets.count >= maxKeys { buckets = [:] }
        buckets[key] = bucket
        return isAdmitted
    }
}
