/// How many handshakes each remote address may begin: a bucket of tokens an address. A handshake costs the server some thousand times what it
/// costs the client, so it is counted before any work is done (row F16 of the attack matrix). Time is a parameter.
struct HandshakeBudget {
    private struct Bucket {
        var tokens: Int
        var refilledAt: UInt64
    }

    private let burst: Int
    private let perSecond: Int
    private let maxNetworks: Int
    private var buckets: [String: Bucket] = [:]

    /// At most `maxNetworks` are remembered; beyond that the table starts again with full buckets.
    init(burst: Int, perSecond: Int, maxNetworks: Int) {
        self.burst = burst
        self.perSecond = perSecond
        self.maxNetworks = maxNetworks
    }

    var count: Int { buckets.count }

    /// Takes a token of the address's network. False where none is left. `now` is a monotonic clock in nanoseconds.
    mutating func admit(_ address: String, now: UInt64) -> Bool {
        let network = HandshakeBudget.network(of: address)
        var bucket = buckets[network] ?? Bucket(tokens: burst, refilledAt: now)
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
        if buckets[network] == nil, buckets.count >= maxNetworks { buckets = [:] }
        buckets[network] = bucket
        return isAdmitted
    }

    /// An IPv4 address by itself; of an IPv6 address the first 64 bits, because whoever has one has the rest of them.
    static func network(of address: String) -> String {
        guard address.contains(":") else { return address }
        var groups = address.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if let gap = groups.firstIndex(of: ""), groups.count < 8 || groups.filter(\.isEmpty).count > 1 {
            let filled = groups.filter { !$0.isEmpty }
            let before = groups[..<gap].filter { !$0.isEmpty }.count
            groups = filled[..<before] + Array(repeating: "0", count: max(0, 8 - filled.count)) + filled[before...]
        }
        return groups.prefix(4).joined(separator: ":") + "::/64"
    }
}
