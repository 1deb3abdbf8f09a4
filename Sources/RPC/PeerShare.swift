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

/// What one peer uses of a server, over all its connections, so that nobody uses up what all share (row F7 of the attack matrix).
///
/// Lives as long as a connection or a running handler of the peer: whoever connects anew while handlers of closed connections run has no new share.
final class PeerShare: Sendable {
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

    /// Counts a handler that begins. False, and nothing is counted, where as many are running as may.
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
        weak var share: PeerShare?
        /// Which share it is, so that it is told apart without being held: the last to let go of one must not do so under the lock.
        let number: UInt64
        /// Whether the peer's certificate was unknown when the share was made.
        let isStranger: Bool
    }

    private struct State {
        var entries: [PeerIdentity: Entry] = [:]
        var nextNumber: UInt64 = 0
    }

    private let limits: RPCLimits
    private let isKnown: (@Sendable (Thumbprint) -> Bool)?
    private let requests: SharedBytes
    /// Of all certificates together that nobody knows.
    private let requestsOfStrangers: SharedBytes
    private let answers: SharedBytes
    private let state = Mutex(State())

    init(_ limits: RPCLimits, isKnown: (@Sendable (Thumbprint) -> Bool)? = nil) {
        self.limits = limits
        self.isKnown = isKnown
        requests = SharedBytes(limit: limits.maxRequestBytes)
        requestsOfStrangers = SharedBytes(limit: limits.maxRequestBytesOfStrangers, partOf: requests)
        answers = SharedBytes(limit: limits.maxUnsentBytes)
    }

    /// The peer's share, the same for all who ask while somebody holds it.
    func share(of peer: PeerIdentity) -> PeerShare {
        let isStranger = isStranger(peer)
        return state.withLock { state in
            if let entry = state.entries[peer], entry.isStranger == isStranger, let share = entry.share { return share }
            state.nextNumber += 1
            let number = state.nextNumber
            let share = PeerShare(
                requests: SharedBytes(limit: limits.maxRequestBytesPerPeer, partOf: isStranger ? requestsOfStrangers : requests),
                answers: SharedBytes(limit: limits.maxUnsentBytesPerPeer, partOf: answers),
                maxRunning: limits.maxRunningHandlersPerPeer, forget: { [weak self] in self?.forget(peer, number) })
            state.entries[peer] = Entry(share: share, number: number, isStranger: isStranger)
            return share
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
            // Another share may have been made since.
            if state.entries[peer]?.number == number { state.entries[peer] = nil }
        }
    }
}
