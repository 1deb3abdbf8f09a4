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
        rates.admit(PeerIdentity.network(of: address), now: now)
    }
}
