import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A listener for HTTP/1.1 without TLS, for the machine's own probes and collectors: loopback only. One request for each connection.
package final class PlainListener: Sendable {
    package enum ListenerError: Error, Equatable, Sendable {
        /// The address is reachable from other machines.
        case notLoopback(String)
        case cannotBind(address: String, reason: String)
    }

    private let group: MultiThreadedEventLoopGroup
    private let limits: PlainLimits
    private let answer: @Sendable (String) async -> PlainAnswer
    private let open = Atomic<Int>(0)
    private let running: RunningAnswers
    private let listener = Mutex<(any Channel)?>(nil)

    /// `answer` is given the path of a GET or HEAD, without its query.
    package init(group: MultiThreadedEventLoopGroup, limits: PlainLimits = PlainLimits(), _ answer: @escaping @Sendable (String) async -> PlainAnswer) {
        self.group = group
        self.limits = limits
        running = RunningAnswers(most: limits.maxRunningAnswers)
        self.answer = answer
    }

    /// Whether only this machine can reach a listener on that host. Of the name localhost the address that was bound is looked at, too.
    package static func isLoopback(_ host: String) -> Bool { host == "localhost" || isLoopback(address: host) }

    /// Of 127.0.0.0/8 in plain decimals (others read a leading zero as octal), or ::1.
    private static func isLoopback(address: String) -> Bool {
        if address == "::1" { return true }
        let parts = address.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { part in UInt8(part).map { String($0) == part } ?? false }
    }

    /// Binds and begins to answer. Port 0 lets the system choose.
    package func start(host: String, port: Int) async throws(ListenerError) {
        guard PlainListener.isLoopback(host) else { throw .notLoopback(host) }
        let bound: any Channel
        do {
            bound = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 16)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try self.accept(channel) } }
                .bind(host: host, port: port).get()
        } catch {
            throw .cannotBind(address: "\(host):\(port)", reason: PlainListener.words(error))
        }
        guard PlainListener.isLoopback(address: bound.localAddress?.ipAddress ?? "") else {
            do { try await bound.close().get() } catch { _ = error /* It was closed already: what we want. */ }
            throw .notLoopback(host)
        }
        listener.withLock { $0 = bound }
    }

    /// What the system said, in words for people.
    private static func words(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "there is no such address" }
        return switch error.errnoCode {
        case EADDRINUSE: "another program listens there already"
        case EADDRNOTAVAIL: "this machine has no such address"
        case EACCES, EPERM: "this user may not use that port"
        default: "the system refused it (errno \(error.errnoCode))"
        }
    }

    /// The port bound; nil before `start`.
    package var port: Int? { listener.withLock { $0?.localAddress?.port } }

    /// Connections open now.
    package var openConnections: Int { open.load(ordering: .relaxed) }

    /// Stops listening. What is being answered ends by itself within the limit on one connection.
    package func stop() async {
        let channel = listener.withLock { held in
            defer { held = nil }
            return held
        }
        guard let channel else { return }
        do { try await channel.close().get() } catch { _ = error /* It was closed already: what we want. */ }
    }

    private func accept(_ channel: any Channel) throws {
        let before = open.wrappingAdd(1, ordering: .relaxed).oldValue
        channel.closeFuture.whenComplete { [self] _ in open.wrappingSubtract(1, ordering: .relaxed) }
        guard before < limits.maxConnections else {
            channel.close(promise: nil)
            return
        }
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: true)
        try channel.pipeline.syncOperations.addHandler(PlainChannelHandler(maxTime: limits.maxConnectionTime, running: running, answer))
    }
}
