import Cryptography
import Synchronization

/// Who is counted as one peer: whoever holds one certificate, or, without one, whoever calls from one network.
enum PeerIdentity: Hashable {
    case certificate(Thumbprint)
    case network(String)

    init(_ peer: RPCPeer) {
        self = peer.thumbprint.map { .certificate($0) } ?? .network(PeerIdentity.network(of: peer.remoteAddress))
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

/// What one peer uses of a server, over all its connections, so that nobody uses up what all share (row F7 of the attack matrix), as one connection
/// of the peer sees it.
struct PeerShare: Sendable {
    /// Of a stranger they are a part of what all strangers have, too.
    let requests: SharedBytes
    private let uses: PeerUses

    init(_ uses: PeerUses, ofStrangers: SharedBytes? = nil) {
        self.uses = uses
        requests = ofStrangers.map { SharedBytes(limit: .max, partOf: uses.requests, andOf: $0) } ?? uses.requests
    }

    var answers: SharedBytes { uses.answers }

    /// Counts a handler that begins. False, and nothing is counted, where as many are running as may.
    func beginHandler() -> Bool { uses.beginHandler() }

    func endHandler() { uses.endHandler() }
}

/// The counts of one peer, also where its certificate becomes known, or unknown, while it is connected.
///
/// Live as long as a connection or a running handler of the peer: whoever connects anew while handlers of closed connections run has no new share.
final class PeerUses: Sendable {
    let requests: SharedBytes
    let answers: SharedBytes
    private let running = Atomic<Int>(0)
    private let maxRunning: Int
    private let forget: @Sendable () -> Void

    init(requests: SharedBytes, answers: SharedBytes, maxRunning: Int, forget: @escaping @Sendable () -> Void) {
        self.requests = requests
        self.answers = answers
        self.maxRunning = maxRunning
        self.forget = forget
    }

    deinit { forget() }

    func beginHandler() -> Bool {
        guard running.add(1, ordering: .relaxed).newValue > maxRunning else { return true }
        endHandler()
        return false
    }

    func endHandler() {
        running.subtract(1, ordering: .relaxed)
    }
}

/// The shares of all peers that use a server now.
final class PeerShares: Sendable {
    private struct Entry {
        weak var uses: PeerUses?
        /// Which they are, so that they are told apart without being held: the last to let go of them must not do so under the lock.
        let number: UInt64
    }

    private struct State {
        var entries: [PeerIdentity: Entry] = [:]
        var nextNumber: UInt64 = 0
    }

    private let limits: RPCLimits
    private let isKnown: (@Sendable (Thumbprint) -> Bool)?
    private let requests: SharedBytes
    /// Of all certificates together that nobody knows; the bytes are charged to their peers, and so to all requests, besides.
    private let requestsOfStrangers: SharedBytes
    private let answers: SharedBytes
    private let state = Mutex(State())

    init(_ limits: RPCLimits, isKnown: (@Sendable (Thumbprint) -> Bool)? = nil) {
        self.limits = limits
        self.isKnown = isKnown
        requests = SharedBytes(limit: limits.maxRequestBytes)
        requestsOfStrangers = SharedBytes(limit: limits.maxRequestBytesOfStrangers)
        answers = SharedBytes(limit: limits.maxUnsentBytes)
    }

    /// The peer's share: the counts are the same for all who ask while somebody holds them.
    func share(of peer: PeerIdentity) -> PeerShare {
        PeerShare(uses(of: peer), ofStrangers: isStranger(peer) ? requestsOfStrangers : nil)
    }

    private func uses(of peer: PeerIdentity) -> PeerUses {
        state.withLock { state in
            if let uses = state.entries[peer]?.uses { return uses }
            state.nextNumber += 1
            let number = state.nextNumber
            let uses = PeerUses(
                requests: SharedBytes(limit: limits.maxRequestBytesPerPeer, partOf: requests),
                answers: SharedBytes(limit: limits.maxUnsentBytesPerPeer, partOf: answers),
                maxRunning: limits.maxRunningHandlersPerPeer, forget: { [weak self] in self?.forget(peer, number) })
            state.entries[peer] = Entry(uses: uses, number: number)
            return uses
        }
    }

    private func isStranger(_ peer: PeerIdentity) -> Bool {
        guard case .certificate(let thumbprint) = peer, let isKnown else { return false }
        return !isKnown(thumbprint)
    }

    /// Peers with a share.
    var count: Int { state.withLock { $0.entries.count } }

    /// Bytes of requests charged for all peers together.
    var requestBytes: Int { requests.chargedBytes }
    /// The same of answers.
    var answerBytes: Int { answers.chargedBytes }

    private func forget(_ peer: PeerIdentity, _ number: UInt64) {
        state.withLock { state in
            // Others may have been made since.
            if state.entries[peer]?.number == number { state.entries[peer] = nil }
        }
    }
}
