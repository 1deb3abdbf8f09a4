import Cryptography
import HTTP2
import NIOCore
import NIOPosix
import Synchronization
import TLS

/// Where and how a server listens.
package struct RPCServerConfiguration: Sendable {
    /// Numeric address or host name to bind.
    package var host: String
    /// 0 lets the system choose; see `RPCServer.port`.
    package var port: Int
    package var tls: TLSServerContext
    /// The loops to run on. Several servers may share one group.
    package var group: MultiThreadedEventLoopGroup
    package var limits = RPCLimits()
    package var http2 = HTTP2Limits()
    /// Called on the event loop when a call has ended; must not block.
    package var observer: (@Sendable (CallReport) -> Void)?
    /// Called on the event loop when a connection has failed; must not block.
    package var connectionObserver: (@Sendable (ConnectionReport) -> Void)?
    /// Whose certificates are known, asked on the event loop after each handshake; must not block. Nil where all are: see
    /// `RPCLimits.maxRequestBytesOfStrangers`.
    package var isKnown: (@Sendable (Thumbprint) -> Bool)?

    package init(host: String, port: Int, tls: TLSServerContext, group: MultiThreadedEventLoopGroup) {
        self.host = host
        self.port = port
        self.tls = tls
        self.group = group
    }
}

/// A listener that serves gRPC methods and plain HTTP routes over mutual TLS. Without methods every path but the routes' is 404: that is
/// how a public listener is made.
package final class RPCServer: Sendable {
    package enum ServerError: Error, Equatable, Sendable {
        case cannotBind(address: String, reason: String)
        case alreadyStarted
        /// A connection over the bound; told to nobody but the channel that closes.
        case tooManyConnections
    }

    private let host: String
    private let configuredPort: Int
    private let group: MultiThreadedEventLoopGroup
    private let core: ServerCore
    private let loops: [ObjectIdentifier: ServingLoop]
    private let listener = Mutex<(any Channel)?>(nil)
    /// What new connections are given; taken once for each. Nothing else here holds it: a key that was replaced goes with its last connection.
    private let tls: Mutex<TLSServerContext>

    package init(_ configuration: RPCServerConfiguration, methods: [RPCMethod], routes: [HTTPRoute] = []) {
        host = configuration.host
        configuredPort = configuration.port
        group = configuration.group
        tls = Mutex(configuration.tls)
        core = ServerCore(
            limits: configuration.limits, http2: configuration.http2, methods: methods, routes: routes, observer: configuration.observer,
            connectionObserver: configuration.connectionObserver, isKnown: configuration.isKnown)
        var loops: [ObjectIdentifier: ServingLoop] = [:]
        for eventLoop in configuration.group.makeIterator() {
            loops[ObjectIdentifier(eventLoop)] = ServingLoop(eventLoop, firstCallID: UInt64.random(in: .min ... .max))
        }
        self.loops = loops
    }

    /// Binds and begins to serve.
    package func start() async throws(ServerError) {
        guard listener.withLock({ $0 == nil }) else { throw .alreadyStarted }
        let loops = loops
        let core = core
        do {
            for loop in loops.values { try await loop.eventLoop.submit { loop.start() }.get() }
            let bootstrap = ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.writeBufferWaterMark, value: .init(low: 64 * 1024, high: 256 * 1024))
                // A channel keeps the memory of its longest read for good, at rest too: longer requests take several reads.
                .childChannelOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 2_048, initial: 2_048, maximum: 8_192))
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try Self.accept(channel, core, loops, self.tls.withLock { $0 })
                    }
                }
            let channel = try await bootstrap.bind(host: host, port: configuredPort).get()
            listener.withLock { $0 = channel }
        } catch {
            throw .cannotBind(address: "\(host):\(configuredPort)", reason: NetworkWords.text(error))
        }
    }

    /// The port bound; nil before `start`.
    package var port: Int? {
        listener.withLock { $0?.localAddress?.port }
    }

    /// Gives connections from now on another certificate, key and authorities. Those that are open keep what they began with.
    package func replace(tls context: TLSServerContext) { tls.withLock { $0 = context } }

    /// Connections open now.
    package var openConnections: Int { core.openConnections }

    /// Stops listening, lets running calls end for at most `timeout`, then closes what is left.
    package func stop(within timeout: Duration) async {
        let channel = listener.withLock { held in
            defer { held = nil }
            return held
        }
        guard let channel else { return }
        do { try await channel.close().get() } catch { _ = error /* It was closed already: what we want. */ }
        for loop in loops.values { loop.eventLoop.execute { loop.beginDrain() } }
        let end = ContinuousClock.now + timeout
        while core.openConnections > 0, ContinuousClock.now < end {
            do { try await Task.sleep(for: .milliseconds(20)) } catch { break }
        }
        for loop in loops.values { loop.eventLoop.execute { loop.end() } }
        let last = ContinuousClock.now + .seconds(1)
        while core.openConnections > 0, ContinuousClock.now < last {
            do { try await Task.sleep(for: .milliseconds(10)) } catch { break }
        }
    }

    private static func accept(
        _ channel: any Channel, _ core: ServerCore, _ loops: [ObjectIdentifier: ServingLoop], _ tls: TLSServerContext
    ) throws {
        guard let loop = loops[ObjectIdentifier(channel.eventLoop)] else { preconditionFailure("a loop outside the group") }
        let address = plain(channel.remoteAddress?.ipAddress ?? "unknown")
        if let refusal = core.admit(address, now: NIODeadline.now().uptimeNanoseconds) {
            core.connectionObserver?(ConnectionReport(remoteAddress: address, reason: refusal.rawValue))
            throw ServerError.tooManyConnections
        }
        var isOwned = false
        defer { if !isOwned { core.release(address) } }
        let connection = ServerConnection(core: core, loop: loop, remoteAddress: address, remotePort: channel.remoteAddress?.port ?? 0)
        let security = try TLSChannelHandler(server: tls)
        let http2 = try HTTP2ChannelHandler(.server, limits: core.http2, application: connection)
        try channel.pipeline.syncOperations.addHandler(security)
        // From here the handler gives the place back when it leaves the pipeline.
        isOwned = true
        try channel.pipeline.syncOperations.addHandler(http2)
    }

    /// An IPv4 address that came in an IPv6 socket is compared as IPv4.
    private static func plain(_ address: String) -> String {
        address.hasPrefix("::ffff:") && address.contains(".") ? String(address.dropFirst(7)) : address
    }
}
