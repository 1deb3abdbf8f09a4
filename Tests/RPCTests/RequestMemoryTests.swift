import HTTP2
import NIOCore
import Synchronization
import Testing

@testable import RPC

/// Row F7 of the attack matrix: what all clients together can make a server hold is bounded.
@Suite struct RequestMemoryTests {
    /// One step of a connection's own, and two for all.
    private func core(_ methods: [RPCMethod] = [WireRuleTests.same]) -> ServerCore {
        var limits = RPCLimits()
        limits.uncountedRequestBytes = 1000
        limits.maxRequestBytes = 2000
        return ServerCore(limits: limits, http2: HTTP2Limits(), methods: methods, routes: [])
    }

    private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

    @Test func requestBodiesOfAllConnectionsAreBounded() async throws {
        let core = core()
        let first = try RawPeer(core)
        // 3,000 bytes of a message of 5,000: one step is free, two are charged, and nothing is left.
        let open = try first.ask(RawPeer.fields("/t.T/Same"), framed(zeros(2995), length: 5000), end: false)
        #expect(open.grpcStatus == nil)
        #expect(core.peers.requestBytes == 2000)
        let second = try RawPeer(core)
        let within = try second.ask(RawPeer.fields("/t.T/Same"), framed(zeros(895), length: 5000), end: false)
        #expect(within.grpcStatus == nil)
        let refused = try second.ask(RawPeer.fields("/t.T/Same"), framed(zeros(195), length: 5000), end: false)
        #expect(refused.grpcStatus == "8")
        #expect(refused.isClosed)
        #expect(core.peers.requestBytes == 2000)
        // A short call of a connection that holds no more than its own goes on.
        #expect(try second.ask(RawPeer.fields("/t.T/Same"), framed(zeros(90))).grpcStatus == "0")
        try await first.channel.close().get()
        #expect(core.peers.requestBytes == 0)
        #expect(try second.ask(RawPeer.fields("/t.T/Same"), framed(zeros(195), length: 5000), end: false).grpcStatus == nil)
        #expect(core.peers.requestBytes == 1000)
    }

    @Test func requestIsReleasedWhenItsCallEnds() throws {
        let core = core()
        let peer = try RawPeer(core)
        let stream = try peer.ask(RawPeer.fields("/t.T/Same"), framed(zeros(2000), length: 2500), end: false)
        #expect(core.peers.requestBytes == 2000)
        peer.client.send(stream, zeros(500))
        peer.client.finish(stream)
        try peer.pump()
        #expect(stream.grpcStatus == "0")
        #expect(core.peers.requestBytes == 0)
    }

    /// Handlers that wait until the test lets them go, whatever became of their calls.
    private final class Gate: Sendable {
        private let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])

        func pass() async {
            await withCheckedContinuation { continuation in waiting.withLock { $0.append(continuation) } }
        }

        func open() {
            for continuation in waiting.withLock({ $0 }) { continuation.resume() }
        }
    }

    @Test func messageWithAHandlerIsHeldUntilItReturns() throws {
        let gate = Gate()
        let core = core([
            .unaryBytes("/t.T/Wait") { request, _ in
                await gate.pass()
                return request
            }
        ])
        let peer = try RawPeer(core)
        let stream = try peer.ask(RawPeer.fields("/t.T/Wait"), framed(zeros(2500)))
        #expect(core.peers.requestBytes == 2000)
        // A call that is over for the caller still has its message with the handler.
        peer.client.reset(stream, 8)
        try peer.pump()
        #expect(core.peers.requestBytes == 2000)
        #expect(try peer.ask(RawPeer.fields("/t.T/Wait"), framed(zeros(600))).grpcStatus == "8")
        gate.open()
        try peer.pump()
        #expect(core.peers.requestBytes == 0)
    }

    @Test func bytesThatAStreamingHandlerDoesNotReadAreCounted() throws {
        let gate = Gate()
        let core = core([
            .bidirectionalBytes("/t.T/Late") { reader, _, _ in
                _ = try await reader.next()
                await gate.pass()
                while try await reader.next() != nil {}
            }
        ])
        let peer = try RawPeer(core)
        let fields = RawPeer.fields("/t.T/Late")
        let stream = try peer.ask(fields, framed(zeros(995)), end: false)
        #expect(core.peers.requestBytes == 0)
        // The first message is with the handler; 1,900 bytes of others wait in the stream.
        for _ in 0..<19 { peer.client.send(stream, framed(zeros(95))) }
        try peer.pump()
        #expect(core.peers.requestBytes == 2000)
        let other = try peer.ask(fields, framed(zeros(200)), end: false)
        #expect(other.grpcStatus == "8")
        gate.open()
        peer.client.finish(stream)
        try peer.pump()
        #expect(stream.grpcStatus == "0")
        #expect(core.peers.requestBytes == 0)
    }

    @Test func chargesFollowWhatIsHeldByLessThanTwoSteps() {
        let memory = SharedBytes(limit: .max)
        var random = SplitMix(state: 20_260_714)
        var held = HeldBytes(step: 1000)
        var parts: [Int] = []
        for _ in 0..<10_000 {
            if let last = parts.indices.last, random.next() % 2 == 0 {
                let isHeld = held.add(-parts.remove(at: Int(random.next() % UInt64(last + 1))), to: memory)
                #expect(isHeld)
            } else {
                parts.append(Int(random.next() % 3000))
                let isHeld = held.add(parts[parts.count - 1], to: memory)
                #expect(isHeld)
            }
            let over = max(0, held.bytes - 1000)
            #expect(memory.chargedBytes >= over && memory.chargedBytes < over + 2000 && memory.chargedBytes % 1000 == 0)
        }
        for part in parts {
            let isHeld = held.add(-part, to: memory)
            #expect(isHeld)
        }
        #expect(held.bytes == 0 && memory.chargedBytes == 0)
    }

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
