import HTTP1
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// The bounds of the plain listener hold.
struct PlainListenerTests {
    private func connect(_ port: Int) async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: "127.0.0.1", port: port).get()
    }

    private func listener(_ change: (inout PlainLimits) -> Void) async throws -> PlainListener {
        var limits = PlainLimits()
        // A busy machine may let a test wait for long.
        limits.maxConnectionTime = .minutes(10)
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

    /// What the listener says to one request, whole.
    private func ask(_ port: Int, _ method: String) async throws -> String {
        let said = Mutex("")
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Collector { text in said.withLock { $0 += text } }) }
        }.connect(host: "127.0.0.1", port: port).get()
        try await channel.writeAndFlush(channel.allocator.buffer(string: "\(method) /x HTTP/1.1\r\nHost: a\r\n\r\n")).get()
        try await channel.closeFuture.get()
        return said.withLock { $0 }
    }

    /// RFC 9110 section 15.5.6.
    @Test(.timeLimit(.minutes(1))) func aMethodThatIsNotAllowedIsToldWhichAre() async throws {
        let listener = try await listener { _ in }
        let said = try await ask(try #require(listener.port), "POST")
        #expect(said.hasPrefix("HTTP/1.1 405 ") && said.contains("\r\nallow: GET, HEAD\r\n"))
        #expect(try await !ask(try #require(listener.port), "GET").contains("allow:"))
        await listener.stop()
    }

    /// A peer that asks and goes leaves its answer behind, and its place.
    @Test(.timeLimit(.minutes(1))) func answersForPeersThatHaveGoneAreBounded() async throws {
        let (gate, opener) = AsyncStream.makeStream(of: Void.self)
        let begun = Atomic<Int>(0)
        var limits = PlainLimits()
        limits.maxRunningAnswers = 2
        limits.maxConnectionTime = .minutes(10)
        let listener = PlainListener(group: MultiThreadedEventLoopGroup.singleton, limits: limits) { [gate] _ in
            if begun.add(1, ordering: .relaxed).newValue <= 2 { for await _ in gate {} }
            return .text(200, "ok")
        }
        try await listener.start(host: "127.0.0.1", port: 0)
        let port = try #require(listener.port)
        for count in 1...2 {
            let channel = try await connect(port)
            try await channel.writeAndFlush(channel.allocator.buffer(string: "GET /x HTTP/1.1\r\nHost: a\r\n\r\n")).get()
            while begun.load(ordering: .relaxed) < count { try await Task.sleep(for: .milliseconds(5)) }
            try await channel.close().get()
        }
        #expect(try await ask(port, "GET").hasPrefix("HTTP/1.1 503 "))
        opener.finish()
        while try await !ask(port, "GET").hasPrefix("HTTP/1.1 200 ") { try await Task.sleep(for: .milliseconds(5)) }
        await listener.stop()
    }

    @Test func anAddressThatOthersReachIsNotBound() async throws {
        let listener = PlainListener(group: MultiThreadedEventLoopGroup.singleton) { _ in .text(200, "ok") }
        await #expect(throws: PlainListener.ListenerError.notLoopback("0.0.0.0")) { try await listener.start(host: "0.0.0.0", port: 0) }
    }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let take: @Sendable (String) -> Void

    init(_ take: @escaping @Sendable (String) -> Void) {
        self.take = take
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { take(String(buffer: unwrapInboundIn(data))) }
}
