import HTTP1
import NIOCore
import NIOPosix
import Testing

/// The bounds of the plain listener hold.
struct PlainListenerTests {
    private func connect(_ port: Int) async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: "127.0.0.1", port: port).get()
    }

    private func listener(_ change: (inout PlainLimits) -> Void) async throws -> PlainListener {
        var limits = PlainLimits()
        change(&limits)
        let listener = PlainListener(group: MultiThreadedEventLoopGroup.singleton, limits: limits) { _ in .text(200, "ok") }
        try await listener.start(host: "127.0.0.1", port: 0)
        return listener
    }

    @Test(.timeLimit(.minutes(1))) func oneConnectionMoreThanTheBoundIsClosedAndAPlaceComesBack() async throws {
        let listener = try await listener { $0.maxConnections = 1 }
        let port = try #require(listener.port)
        let first = try await connect(port)
        let second = try await connect(port)
        try await second.closeFuture.get()
        #expect(first.isActive)
        try await first.close().get()
        while listener.openConnections > 0 { try await Task.sleep(for: .milliseconds(5)) }
        let third = try await connect(port)
        try await Task.sleep(for: .milliseconds(50))
        #expect(third.isActive)
        try await third.close().get()
        await listener.stop()
    }

    @Test(.timeLimit(.minutes(1))) func aConnectionThatAsksNothingEndsInTime() async throws {
        let listener = try await listener { $0.maxConnectionTime = .milliseconds(50) }
        let idle = try await connect(try #require(listener.port))
        try await idle.closeFuture.get()
        await listener.stop()
    }

    @Test func anAddressThatOthersReachIsNotBound() async throws {
        let listener = PlainListener(group: MultiThreadedEventLoopGroup.singleton) { _ in .text(200, "ok") }
        await #expect(throws: PlainListener.ListenerError.notLoopback("0.0.0.0")) { try await listener.start(host: "0.0.0.0", port: 0) }
    }
}
