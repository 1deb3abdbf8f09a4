import NIOCore
import Testing

@testable import HTTP2

@Suite struct SessionTests {
    /// All that a session told about its only stream.
    struct Seen: Equatable {
        var fields: [String] = []
        var trailers: [String] = []
        var body: [UInt8] = []
        var news: HTTP2Stream.News = []

        mutating func add(_ session: HTTP2Session) {
            for stream in session.takeTouched() {
                news.formUnion(stream.takeNews())
                fields = stream.fields.all.map { "\($0.name)=\($0.value)" }
                trailers = stream.trailers.all.map { "\($0.name)=\($0.value)" }
                let bytes = stream.takeReceived()
                session.consume(stream, bytes.count)
                body += bytes
            }
        }
    }

    @Test func requestIsReadTheSameSplitAtEveryOffset() throws {
        let bytes = Frames.opening + Frames.headers(1) + Frames.data(1, Array("hello".utf8)) + Frames.data(1, [1, 2, 3], end: true)
        let expected = Seen(
            fields: [":method=POST", ":scheme=https", ":authority=a", ":path=/a.B/C"], body: Array("hello".utf8) + [1, 2, 3],
            news: [.headers, .data, .end])
        for cut in 0...bytes.count {
            let session = try makeServer()
            var seen = Seen()
            try session.take(Array(bytes[..<cut]))
            seen.add(session)
            try session.take(Array(bytes[cut...]))
            seen.add(session)
            #expect(seen == expected, "split at \(cut)")
        }
    }

    /// RFC 9113 section 4.3: a header block is one list, however long its CONTINUATION frames take.
    @Test func connectionThatRestsBetweenTwoPartsOfAHeaderBlockKeepsTheFirst() throws {
        let session = try makeServer()
        let block = Frames.block(Frames.post)
        try session.take(Frames.opening + Frames.frame(1, 1, 1, Array(block.prefix(block.count - 3))))
        session.rest()
        try session.take(Frames.frame(9, 4, 1, Array(block.suffix(3))))
        var seen = Seen()
        seen.add(session)
        #expect(seen.fields == [":method=POST", ":scheme=https", ":authority=a", ":path=/a.B/C"])
    }

    @Test func answerIsReadTheSameSplitAtEveryOffset() throws {
        let client = try HTTP2Session(.client, limits: HTTP2Limits(), now: 0)
        let request = HeaderBlock(Frames.post.map { (name: $0.0, value: $0.1) })
        _ = try #require(client.request(request, end: true))
        let server = try makeServer()
        try server.take(try client.everything())
        let stream = try #require(server.takeTouched().first)
        server.respond(stream, HeaderBlock([(":status", "200"), ("content-type", "application/grpc")]), end: false)
        server.send(stream, prefix: MessagePrefix.five, prefixCount: 5, [9, 8, 7])
        server.finish(stream, trailers: HeaderBlock([("grpc-status", "0")]))
        let bytes = try server.everything()
        let expected = Seen(
            fields: [":status=200", "content-type=application/grpc"], trailers: ["grpc-status=0"], body: [1, 2, 3, 4, 5, 9, 8, 7],
            news: [.headers, .data, .end, .closed])
        for cut in 0...bytes.count {
            let client = try HTTP2Session(.client, limits: HTTP2Limits(), now: 0)
            _ = try #require(client.request(request, end: true))
            _ = try client.everything()
            var seen = Seen()
            try client.take(Array(bytes[..<cut]))
            seen.add(client)
            try client.take(Array(bytes[cut...]))
            seen.add(client)
            #expect(seen == expected, "split at \(cut)")
        }
    }

    /// Answers the only stream with news and sends everything, so that it is closed, then gives it back.
    private func answerAndRecycle(_ server: HTTP2Session) throws -> ObjectIdentifier {
        var identity: ObjectIdentifier?
        for stream in server.takeTouched() {
            identity = ObjectIdentifier(stream)
            _ = stream.takeNews()
            server.respond(stream, HeaderBlock([(":status", "200")]), end: true)
        }
        _ = try server.everything()
        server.recycle(server.takeTouched())
        return try #require(identity)
    }

    @Test func reusedStreamKeepsNothingOfTheRequestBefore() throws {
        let server = try makeServer()
        let long = Frames.post + [("authorization", "one"), ("x-first", "only here")]
        try server.take(Frames.opening + Frames.headers(1, long) + Frames.data(1, [1, 2, 3], end: true))
        let first = try answerAndRecycle(server)
        try server.take(Frames.headers(3, end: true))
        let stream = try #require(server.takeTouched().first)
        #expect(ObjectIdentifier(stream) == first)
        #expect(stream.id == 3 && !stream.isClosed && stream.owner == nil && stream.outgoingBytes == 0)
        #expect(stream.takeNews() == [.headers, .end])
        #expect(stream.fields.all.map(\.name) == [":method", ":scheme", ":authority", ":path"])
        #expect(!stream.fields.contains("authorization") && stream.fields.first("x-first") == nil)
        #expect(stream.fields.listBytes == 4 * 32 + 45 && stream.trailers.isEmpty && stream.takeReceived() == [])
    }

    @Test func streamThatSomebodyHoldsIsNotReused() throws {
        let server = try makeServer()
        try server.take(Frames.opening + Frames.headers(1, end: true))
        let held = try #require(server.streams.first)
        let first = try answerAndRecycle(server)
        try server.take(Frames.headers(3, end: true))
        let second = try #require(server.takeTouched().first)
        #expect(ObjectIdentifier(held) == first && held !== second && held.isClosed && held.id == 1)
    }

    @Test func fieldsThatSomebodyHoldsSurviveTheReuseOfTheirStream() throws {
        let server = try makeServer()
        try server.take(Frames.opening + Frames.headers(1, Frames.post + [("x-a", "1")], end: true))
        let held = try #require(server.streams.first?.fields)
        _ = try answerAndRecycle(server)
        try server.take(Frames.headers(3, Frames.post + [("x-a", "2")], end: true))
        #expect(held.first("x-a") == "1")
        #expect(server.streams.first?.fields.first("x-a") == "2")
    }

    enum MessagePrefix {
        /// The bytes 1 2 3 4 5, the first in the lowest place.
        static let five: UInt64 = 0x05_04_03_02_01
    }

    /// A header block that nobody waits for is not one that is late.
    @Test func answerToACancelledRequestLeavesNoHeaderBlockOpen() throws {
        let client = try HTTP2Session(.client, limits: HTTP2Limits(), now: 0)
        try client.take(Frames.frame(4, 0, 0, []))
        let stream = try #require(client.request(HeaderBlock(Frames.post.map { (name: $0.0, value: $0.1) }), end: true))
        _ = try client.everything()
        client.reset(stream, 8)
        _ = try client.everything()
        try client.take(Frames.headers(1, [(":status", "200")], end: true))
        #expect(client.headersSince == nil)
    }

    @Test func bodyWithoutTrailersEndsTheStream() throws {
        let server = try makeServer()
        try server.take(Frames.opening + Frames.headers(1, end: true))
        let stream = try #require(server.takeTouched().first)
        server.respond(stream, HeaderBlock([(":status", "200")]), end: false)
        _ = try server.everything()
        // Nothing to send yet: the stream waits, and goes on when there is.
        #expect(try server.everything().isEmpty)
        server.send(stream, [1, 2, 3])
        #expect(try server.everything() == Frames.data(1, [1, 2, 3]))
        server.finish(stream)
        #expect(try server.everything() == Frames.data(1, [], end: true))
        #expect(stream.isClosed)
    }

    @Test func windowReturnsOnlyWhatWasConsumed() throws {
        let server = try makeServer {
            $0.streamWindowBytes = 65_535
            $0.connectionWindowBytes = 65_535
        }
        try server.take(Frames.opening)
        _ = try server.everything()
        try server.take(Frames.headers(1))
        for _ in 0..<3 { try server.take(Frames.data(1, [UInt8](repeating: 0, count: 16_384))) }
        #expect(try server.everything().isEmpty)
        let stream = try #require(server.takeTouched().first)
        server.consume(stream, stream.takeReceived().count)
        let update: [UInt8] = [0, 0, 0xC0, 0]
        #expect(try server.everything() == Frames.frame(8, 0, 0, update) + Frames.frame(8, 0, 1, update))
    }

    @Test func peerThatOverrunsTheWindowIsRefused() throws {
        let server = try makeServer {
            $0.streamWindowBytes = 65_535
            $0.connectionWindowBytes = 65_535
        }
        try server.take(Frames.opening + Frames.headers(1))
        let chunk = Frames.data(1, [UInt8](repeating: 0, count: 16_384))
        for _ in 0..<3 { try server.take(chunk) }
        #expect(server.isOver(after: chunk))
    }

    @Test func openStreamsAreClosedWithTheSession() throws {
        let server = try makeServer()
        try server.take(Frames.opening + Frames.headers(1) + Frames.headers(3))
        _ = server.takeTouched().map { $0.takeNews() }
        server.close()
        let streams = server.takeTouched()
        #expect(streams.count == 2)
        #expect(streams.allSatisfy { $0.takeNews() == .closed && $0.closeCode == 8 })
        // Every command is void from here.
        for stream in streams {
            server.respond(stream, HeaderBlock([(":status", "200")]), end: true)
            server.send(stream, [1])
            server.finish(stream)
            server.reset(stream, 8)
        }
        #expect(try server.everything().isEmpty)
        #expect(throws: HTTP2Error.closed) { try server.take([0]) }
    }

    @Test func writerIsHeldAtTheHighWaterMark() throws {
        let server = try makeServer {
            $0.outgoingHighWaterBytes = 1000
            $0.outgoingLowWaterBytes = 100
        }
        try server.take(Frames.opening + Frames.headers(1, end: true))
        let stream = try #require(server.takeTouched().first)
        _ = stream.takeNews()
        server.respond(stream, HeaderBlock([(":status", "200")]), end: false)
        server.send(stream, [UInt8](repeating: 1, count: 1000))
        #expect(!server.mustWait(stream))
        server.send(stream, [1])
        #expect(server.mustWait(stream))
        _ = try server.everything()
        #expect(server.takeTouched().first?.takeNews() == .drained)
    }

    @Test func whatIsTakenBackIsNotSentButForThePieceThatHasBegun() throws {
        let server = try makeServer()
        // RFC 9113 section 6.5.2: the peer's windows have 10 bytes.
        try server.take(Frames.opening + Frames.frame(4, 0, 0, [0, 4, 0, 0, 0, 10]) + Frames.headers(1, end: true))
        let stream = try #require(server.takeTouched().first)
        _ = stream.takeNews()
        server.respond(stream, HeaderBlock([(":status", "200")]), end: false)
        for byte in [7, 8, 9] as [UInt8] { server.send(stream, [UInt8](repeating: byte, count: 8)) }
        let before = try server.everything()
        #expect(before.filter { $0 == 7 }.count == 8 && before.filter { $0 == 8 }.count >= 2)
        server.takeBack(stream)
        #expect(server.unsentBytes == 6)
        server.finish(stream, trailers: HeaderBlock([("x", "y")]))
        try server.take(Frames.frame(8, 0, 1, [0, 0, 1, 0]))
        let after = try server.everything()
        #expect(after.starts(with: Frames.data(1, [8, 8, 8, 8, 8, 8])))
        #expect(!after.contains(9))
        #expect(stream.isClosed && server.unsentBytes == 0)
    }

    @Test func earlyAnswerTellsThePeerToStop() throws {
        let server = try makeServer()
        try server.take(Frames.opening + Frames.headers(1))
        _ = try server.everything()
        let stream = try #require(server.takeTouched().first)
        server.respond(stream, HeaderBlock([(":status", "404")]), end: true)
        #expect(try server.everything().suffix(13) == Frames.frame(3, 0, 1, [0, 0, 0, 0])[...])
        #expect(stream.isClosed)
    }
}
