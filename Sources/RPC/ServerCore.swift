import Cryptography
import HTTP2
import NIOCore
import Synchronization

/// What all connections of a server share and none changes.
final class ServerCore: Sendable {
    /// A method with its path in the form in which requests carry it.
    final class Entry: Sendable {
        let path: String
        private let pathBytes: [UInt8]
        let implementation: RPCMethod.Implementation
        /// Whether a request is exactly one message.
        let takesOneMessage: Bool
        /// Whether it needs no bound on its time.
        let boundsItself: Bool

        init(_ method: RPCMethod) {
            path = method.path
            pathBytes = Array(method.path.utf8)
            implementation = method.implementation
            takesOneMessage =
                switch method.kind {
                case .unary, .serverStreaming: true
                case .clientStreaming, .bidirectional: false
                }
            boundsItself = method.boundsItself
        }

        func isAsked(by fields: HeaderFields) -> Bool { fields.has(":path", pathBytes) }
    }

    let limits: RPCLimits
    let http2: HTTP2Limits
    let observer: (@Sendable (CallReport) -> Void)?
    let connectionObserver: (@Sendable (ConnectionReport) -> Void)?
    private let methods: [String: Entry]
    private let routes: [HTTPRoute]
    let peers: PeerShares
    /// Of nearly every call: of a good answer to which the handler adds nothing. Held here, because a constant of the program is counted as a
    /// reference wherever it is used.
    let okHeaders = ResponseBlocks.okHeaders
    let okTrailers = ResponseBlocks.okTrailers
    private let admitted: Mutex<Admitted>

    private struct Admitted {
        var total = 0
        var byAddress: [String: Int] = [:]
        var handshakes: HandshakeBudget
    }

    init(
        limits: RPCLimits, http2: HTTP2Limits, methods: [RPCMethod], routes: [HTTPRoute], observer: (@Sendable (CallReport) -> Void)? = nil,
        connectionObserver: (@Sendable (ConnectionReport) -> Void)? = nil, isKnown: (@Sendable (Thumbprint) -> Bool)? = nil
    ) {
        self.limits = limits
        self.http2 = http2
        self.observer = observer
        self.connectionObserver = connectionObserver
        var table: [String: Entry] = [:]
        for method in methods {
            precondition(table[method.path] == nil, "method \(method.path) is registered twice")
            table[method.path] = Entry(method)
        }
        self.methods = table
        self.routes = routes
        peers = PeerShares(limits, isKnown: isKnown)
        let handshakes = HandshakeBudget(
            burst: limits.handshakeBurst, perSecond: limits.handshakesPerSecond, maxNetworks: limits.maxHandshakeAddresses)
        admitted = Mutex(Admitted(handshakes: handshakes))
    }

    var hasMethods: Bool { !methods.isEmpty }

    func method(_ path: String) -> Entry? { methods[path] }

    func route(_ path: String) -> HTTPRoute? { routes.first { $0.matches(path) } }

    /// Why a connection is closed before its handshake.
    enum Refusal: String {
        case tooMany = "too many connections"
        case tooFast = "too many handshakes"
    }

    /// Counts a new connection, unless there are too many. `now` is a monotonic clock in nanoseconds.
    func admit(_ address: String, now: UInt64) -> Refusal? {
        admitted.withLock { state in
            guard state.total < limits.maxConnections, state.byAddress[address, default: 0] < limits.maxConnectionsPerAddress else { return .tooMany }
            guard state.handshakes.admit(address, now: now) else { return .tooFast }
            state.total += 1
            state.byAddress[address, default: 0] += 1
            return nil
        }
    }

    func release(_ address: String) {
        admitted.withLock { state in
            state.total -= 1
            let left = state.byAddress[address, default: 1] - 1
            state.byAddress[address] = left > 0 ? left : nil
        }
    }

    var openConnections: Int { admitted.withLock { $0.total } }
}

/// How one call went, for logs and metrics.
package struct CallReport: Sendable {
    package let method: String
    package let callID: CallContext.CallID
    package let trace: TraceContext
    package let code: RPCCode
    package let nanoseconds: UInt64
    package let peer: RPCPeer
}

/// How one connection ended, where it did not end well.
package struct ConnectionReport: Sendable {
    package let remoteAddress: String
    /// Text of TLS or HTTP/2 without anything that the peer has sent.
    package let reason: String
}
