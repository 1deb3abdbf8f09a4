import HTTP2
import Testing

@testable import RPC

/// Rows D17 and F17 of the attack matrix, and the rules of gRPC over HTTP/2.
@Suite struct WireRuleTests {
    static let same = RPCMethod.immediateBytes("/t.T/Same") { request, _ in request }

    private func status(_ body: [UInt8], _ more: [(name: String, value: String)] = [], path: String = "/t.T/Same") throws -> String? {
        let peer = try RawPeer([Self.same, .unaryBytes("/t.T/Later") { request, _ in request }])
        return try peer.ask(RawPeer.fields(path, more), body).grpcStatus
    }

    @Test func wellFormedRequestIsAnswered() throws {
        let peer = try RawPeer([Self.same])
        let stream = try peer.ask(RawPeer.fields("/t.T/Same"), framed([1, 2, 3]))
        #expect(stream.fields.first(":status") == "200")
        #expect(stream.fields.first("content-type") == "application/grpc")
        #expect(stream.takeReceived() == framed([1, 2, 3]))
        #expect(stream.grpcStatus == "0")
    }

    @Test func lengthAndFlagAreChecked() throws {
        #expect(try status(framed([1, 2, 3], length: 2)) == "13")
        #expect(try status(framed([1, 2, 3], length: 4)) == "13")
        #expect(try status(framed([1, 2, 3], flag: 1)) == "12")
        #expect(try status(framed([1, 2, 3], flag: 2)) == "13")
        #expect(try status(framed([], length: 4 * 1024 * 1024 + 1)) == "8")
        #expect(try status(framed([], length: 0xFFFF_FFFF)) == "8")
        #expect(try status([0, 0]) == "13")
    }

    @Test func unaryTakesExactlyOneMessage() throws {
        #expect(try status(framed([1]) + framed([2])) == "12")
        #expect(try status([]) == "12")
        #expect(try status(framed([])) == "0")
    }

    @Test func onlyIdentityIsAccepted() throws {
        for encoding in ["gzip", "deflate", "zstd"] { #expect(try status(framed([1]), [("grpc-encoding", encoding)]) == "12") }
        #expect(try status(framed([1]), [("grpc-encoding", "identity")]) == "0")
    }

    @Test func timeoutIsReadStrictly() throws {
        for bad in ["0S", "-1S", "1", "S", "100000000H", "1s", "1 S", "", "+1S", "1.5S"] {
            #expect(try status(framed([1]), [("grpc-timeout", bad)]) == "3", "\(bad)")
        }
        for good in ["1H", "99999999H", "5M", "10S", "99999m", "9999999u"] { #expect(try status(framed([1]), [("grpc-timeout", good)]) == "0", "\(good)") }
    }

    @Test func timeoutUnitsAreRead() {
        #expect(GRPCTimeout.parse(Array("2H".utf8)[...]) == 7_200_000_000_000)
        #expect(GRPCTimeout.parse(Array("3M".utf8)[...]) == 180_000_000_000)
        #expect(GRPCTimeout.parse(Array("4m".utf8)[...]) == 4_000_000)
        #expect(GRPCTimeout.parse(Array("5u".utf8)[...]) == 5_000)
        #expect(GRPCTimeout.parse(Array("6n".utf8)[...]) == 6)
        // 2^64 nanoseconds are 5,124,095.6 hours.
        for long in ["2562048H", "5124095H", "5124096H", "99999999H"] {
            #expect(GRPCTimeout.parse(Array(long.utf8)[...]) == UInt64.max / 2)
        }
    }

    @Test func pathsAreMatchedExactly() throws {
        for path in ["/t.T/same", "/T.T/Same", "//t.T/Same", "/t.T//Same", "/t.T/Same/", "/t.T%2FSame", "/t.T/Sam%65", "/t.T/../t.T/Same", "/"] {
            #expect(try status(framed([1]), path: path) == "12", "\(path)")
        }
    }

    @Test func otherContentTypesAreNotGRPC() throws {
        let peer = try RawPeer([Self.same])
        for type in ["application/json", "application/grpc-web", "application/grpcx", "application/grpc+json", "text/plain"] {
            let stream = try peer.ask(RawPeer.fields("/t.T/Same", type: type), framed([1]))
            #expect(stream.fields.first(":status") == "415", "\(type)")
        }
        for type in ["application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8"] {
            #expect(try peer.ask(RawPeer.fields("/t.T/Same", type: type), framed([1])).grpcStatus == "0", "\(type)")
        }
    }

    @Test func listenerWithoutMethodsHasOnlyItsRoutes() throws {
        let peer = try RawPeer([], routes: [HTTPRoute(path: "/healthz") { _ in .text(200, "ok") }])
        #expect(try peer.ask(RawPeer.fields("/healthz", method: "GET", type: nil)).fields.first(":status") == "200")
        #expect(try peer.ask(RawPeer.fields("/healthz/", method: "GET", type: nil)).fields.first(":status") == "404")
        #expect(try peer.ask(RawPeer.fields("/t.T/Same"), framed([1])).fields.first(":status") == "404")
        #expect(try peer.ask(RawPeer.fields("/healthz", method: "DELETE", type: nil)).fields.first(":status") == "405")
    }

    @Test func headHasLengthAndNoBody() throws {
        let peer = try RawPeer([], routes: [HTTPRoute(prefix: "/a/") { request in .text(200, "\(request.path) \(request.query ?? "-")") }])
        let stream = try peer.ask(RawPeer.fields("/a/b?c=d?e", method: "HEAD", type: nil))
        #expect(stream.fields.first("content-length") == "11")
        #expect(stream.receivedCount == 0)
        let got = try peer.ask(RawPeer.fields("/a/b?c=d?e", method: "GET", type: nil))
        #expect(String(decoding: got.takeReceived(), as: UTF8.self) == "/a/b c=d?e\n")
    }

    @Test func unfinishedMessagesOfAConnectionAreBounded() throws {
        var limits = RPCLimits()
        limits.maxAssemblingBytes = 1000
        let peer = try RawPeer([Self.same], limits)
        let first = try peer.ask(RawPeer.fields("/t.T/Same"), framed([UInt8](repeating: 0, count: 600), length: 2000), end: false)
        #expect(first.grpcStatus == nil)
        let second = try peer.ask(RawPeer.fields("/t.T/Same"), framed([UInt8](repeating: 0, count: 600), length: 2000), end: false)
        #expect(second.grpcStatus == "8")
        // What it held is given back.
        #expect(try peer.ask(RawPeer.fields("/t.T/Same"), framed([UInt8](repeating: 0, count: 300)), end: true).grpcStatus == "0")
    }

    @Test func callsOpenWhenAConnectionDiesAreCancelled() async throws {
        let peer = try RawPeer([.bidirectionalBytes("/t.T/Wait") { reader, _, _ in while try await reader.next() != nil {} }])
        _ = try peer.ask(RawPeer.fields("/t.T/Wait"), framed([1]), end: false)
        #expect(peer.core.openConnections == 1)
        try await peer.channel.close().get()
        #expect(peer.core.openConnections == 0)
    }
}
