import Cryptography
import Synchronization

/// Who is counted as one peer: whoever holds one certificate, or, without one, whoever calls from one address.
enum PeerIdentity: Hashable {
    case certificate(Thumbprint)
    case address(String)

    init(_ peer: RPCPeer) {
        self = peer.thumbprint.map { .certificate($0) } ?? .address(peer.remoteAddress)
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
    }

    private let limits: RPCLimits
    private let requests: SharedBytes
    private let answers: SharedBytes
    private let entries = Mutex<[PeerIdentity: Entry]>([:])

    init(_ limits: RPCLimits) {
        self.limits = limits
        requests = SharedBytes(limit: limits.maxRequestBytes)
        answers = SharedBytes(limit: limits.maxUnsentBytes)
    }

    /// The peer's share, the same for all who ask while somebody holds it.
    func share(of peer: PeerIdentity) -> PeerShare {
        entries.withLock { entries in
            if let share = entries[peer]?.share { return share }
            let share = PeerShare(
                requests: SharedBytes(limit: limits.maxRequestBytesPerPeer, partOf: requests),
                answers: SharedBytes(limit: limits.maxUnsentBytesPerPeer, partOf: answers),
                maxRunning: limits.maxRunningHandlersPerPeer, forget: { [weak self] in self?.forget(peer) })
            entries[peer] = Entry(share: share)
            return share
        }
    }

    /// Peers with a share.
    var count: Int { entries.withLock { $0.count } }

    /// Bytes of requests charged for all peers together.
    var requestBytes: Int { requests.chargedBytes }
    /// The same of answers.
    var answerBytes: Int { answers.chargedBytes }

    private func forget(_ peer: PeerIdentity) {
        entries.withLock { entries in
            // Another share may have been made since.
            if entries[peer]?.share == nil { entries[peer] = nil }
        }
    }
}
