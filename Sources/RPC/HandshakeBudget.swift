/// How many handshakes each remote address may begin. A handshake costs the server some thousand times what it costs the client, so it is counted
/// before any work is done (row F16 of the attack matrix). Time is a parameter.
struct HandshakeBudget {
    private var rates: RateBudget<String>

    /// At most `maxNetworks` are remembered.
    init(burst: Int, perSecond: Int, maxNetworks: Int) {
        rates = RateBudget(burst: burst, perSecond: perSecond, maxKeys: maxNetworks)
    }

    var count: Int { rates.count }

    /// Takes a token of the address's network. False where none is left. `now` is a monotonic clock in nanoseconds.
    mutating func admit(_ address: String, now: UInt64) -> Bool {
        rates.admit(HandshakeBudget.network(of: address), now: now)
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
