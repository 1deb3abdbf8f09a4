import HTTP2
import NIOCore
import Synchronization
import Testing

@testable import RPC

/// A call that has ended serves later requests of its connection; nothing of one request is seen in another.
@Suite struct CallReuseTests {
    /// Answers with what it is told of its call, and keeps the contexts where a test asks for it.
    private final class Witness: Sendable {
        let kept = Mutex<[CallContext]>([])
        let owners = Mutex<[ObjectIdentifier]>([])
        /// The context of the last call, which this does not keep.
        let last = Mutex(Last())

        struct Last {
            weak var context: CallContext?
        }

        var keepsLast: Bool { last.withLock { $0.context != nil } }

        var method: RPCMethod {
            .immediateBytes("/t.T/Tell") { _, context in
                self.owners.withLock { $0.append(ObjectIdentifier(context)) }
                self.last.withLock { $0.context = context }
                if context.metadata("x-keep") != nil { self.kept.withLock { $0.append(context) } }
                if context.metadata("x-add") != nil {
                    context.addInitialMetadata("x-first", "1")
                    context.addTrailingMetadata("x-last", "2")
                }
                if context.metadata("x-fail") != nil { throw RPCStatus(.notFound, "not here") }
                let told = [context.metadata("x-name") ?? "-", context.deadline == nil ? "-" : "deadline", context.isCancelled ? "cancelled" : "-"]
                return Array(told.joined(separator: " ").utf8)
            }
        }
    }

    private func tell(_ peer: RawPeer, _ more: [(name: String, value: String)] = []) throws -> HTTP2Stream {
        try peer.ask(RawPeer.fields("/t.T/Tell", more), framed([]))
    }

    @Test func nothingOfACallIsSeenInTheNext() throws {
        let witness = Witness()
        let peer = try RawPeer([witness.method])
        #expect(try tell(peer, [("x-name", "one"), ("x-add", "yes")]).trailers.first("x-last") == "2")
        #expect(try tell(peer, [("x-fail", "yes"), ("grpc-timeout", "1S")]).grpcStatus == "5")
        let third = try tell(peer)
        #expect(third.takeReceived() == framed(Array("- - -".utf8)))
        #expect(third.fields.first("x-first") == nil && third.trailers.first("x-last") == nil)
        #expect(third.grpcStatus == "0")
        // The same object each time: without that this test would show nothing.
        #expect(Set(witness.owners.withLock { $0 }).count == 1)
    }

    @Test func contextThatAHandlerKeepsIsItsOwnForEver() throws {
        let witness = Witness()
        let peer = try RawPeer([witness.method])
        _ = try tell(peer, [("x-keep", "yes"), ("x-name", "kept")])
        #expect(try tell(peer, [("x-name", "other")]).grpcStatus == "0")
        let kept = try #require(witness.kept.withLock { $0.first })
        #expect(kept.metadata("x-name") == "kept")
        #expect(Set(witness.owners.withLock { $0 }).count == 2)
    }

    @Test func refusedAndUnknownCallsLeaveNothingBehind() throws {
        let witness = Witness()
        let peer = try RawPeer([witness.method])
        #expect(try peer.ask(RawPeer.fields("/t.T/Unknown"), framed([])).grpcStatus == "12")
        #expect(try tell(peer, [("grpc-encoding", "gzip")]).grpcStatus == "12")
        // Half a message, and then gone.
        let open = try peer.ask(RawPeer.fields("/t.T/Tell"), framed([1, 2], length: 3), end: false)
        peer.client.reset(open, 8)
        try peer.pump()
        #expect(try tell(peer, [("x-name", "after")]).takeReceived() == framed(Array("after - -".utf8)))
        #expect(try peer.ask(RawPeer.fields("/t.T/Unknown"), framed([])).grpcStatus == "12")
    }

    @Test func restingConnectionKeepsNoCallAndAnswersTheNext() throws {
        let witness = Witness()
        let peer = try RawPeer([witness.method])
        _ = try tell(peer)
        _ = try tell(peer)
        #expect(witness.keepsLast, "for the next call")
        // Three seconds without a call: what is kept for the next one is given back.
        try peer.tick(NIODeadline.now().uptimeNanoseconds + 3_000_000_000)
        #expect(!witness.keepsLast)
        #expect(try tell(peer, [("x-name", "after")]).takeReceived() == framed(Array("after - -".utf8)))
    }

    @Test func connectionWithAnOpenCallRestsAsWell() throws {
        let witness = Witness()
        let peer = try RawPeer([witness.method])
        let open = try peer.ask(RawPeer.fields("/t.T/Tell"), framed([1, 2], length: 3), end: false)
        _ = try tell(peer)
        #expect(witness.keepsLast)
        try peer.tick(NIODeadline.now().uptimeNanoseconds + 3_000_000_000)
        #expect(!witness.keepsLast)
        // The open one goes on.
        peer.client.send(open, [3])
        peer.client.finish(open)
        try peer.pump()
        #expect(open.grpcStatus == "0")
    }

    @Test func connectionThatEndsHoldsNoCalls() async throws {
        let witness = Witness()
        let peer = try RawPeer([witness.method])
        for _ in 0..<3 { _ = try tell(peer) }
        weak let connection = peer.connection
        #expect(connection != nil && witness.keepsLast)
        try await peer.channel.close().get()
        peer.letGo()
        #expect(connection == nil && !witness.keepsLast)
    }
}
