import NIOCore
import Testing

@testable import HTTP2

/// The end of an answer: its last bytes and its trailers.
@Suite struct StreamEndTests {
    private static let trailers = HeaderBlock([("grpc-status", "0")], isPermanent: true)
    /// RFC 7541 section 6.2.2: a literal without indexing, with a new name.
    private static let literals = Frames.block([("grpc-status", "0")])

    /// A server that has taken a request and sent the first header block of its answer.
    private func answering(_ opening: [UInt8] = Frames.opening) throws -> (HTTP2Session, HTTP2Stream) {
        let server = try makeServer()
        try server.take(opening + Frames.headers(1, end: true))
        let stream = try #require(server.takeTouched().first)
        _ = stream.takeNews()
        server.respond(stream, HeaderBlock([(":status", "200")]), end: false)
        _ = try server.everything()
        return (server, stream)
    }

    @Test func permanentTrailersFollowTheLastBytesAndEndTheStream() throws {
        let (server, stream) = try answering()
        server.send(stream, prefix: SessionTests.MessagePrefix.five, prefixCount: 5, [9, 8, 7])
        server.finish(stream, trailers: Self.trailers)
        #expect(try server.everything() == Frames.data(1, [1, 2, 3, 4, 5, 9, 8, 7]) + Frames.frame(1, 5, 1, Self.literals))
        #expect(stream.isClosed && stream.closeCode == 0)
        #expect(server.unsentBytes == 0)
    }

    @Test func endsOfSeveralStreamsKeepTheirOrder() throws {
        let server = try makeServer()
        try server.take(Frames.opening + Frames.headers(1, end: true) + Frames.headers(3, end: true))
        let streams = server.takeTouched()
        for stream in streams { server.respond(stream, HeaderBlock([(":status", "200")]), end: false) }
        _ = try server.everything()
        for stream in streams {
            server.send(stream, [UInt8](repeating: UInt8(stream.id), count: 3))
            server.finish(stream, trailers: Self.trailers)
        }
        let expected = [1, 3].flatMap { Frames.data($0, [UInt8](repeating: UInt8($0), count: 3)) + Frames.frame(1, 5, $0, Self.literals) }
        #expect(try server.everything() == expected)
    }

    /// RFC 9113 section 6.9.1: what the window has no room for waits, and the trailers with it.
    @Test func trailersWaitForTheWindow() throws {
        let window = Frames.frame(4, 0, 0, [0, 4, 0, 0, 0, 4])
        let (server, stream) = try answering(Frames.preface + window)
        server.send(stream, [1, 2, 3, 4, 5, 6])
        server.finish(stream, trailers: Self.trailers)
        #expect(try server.everything() == Frames.data(1, [1, 2, 3, 4]))
        #expect(!stream.isClosed)
        try server.take(Frames.frame(8, 0, 1, [0, 0, 0, 2]))
        #expect(try server.everything() == Frames.data(1, [5, 6]) + Frames.frame(1, 5, 1, Self.literals))
        #expect(stream.isClosed)
    }

    /// RFC 7541 section 4.2: the first block after a change of the table's size tells of it.
    @Test func trailersAfterSettingsTellOfTheTableSize() throws {
        let (server, stream) = try answering()
        try server.take(Frames.frame(4, 0, 0, [0, 1, 0, 0, 0, 0]))
        let acknowledged = try server.everything()
        #expect(acknowledged == Frames.frame(4, 1, 0, []))
        server.send(stream, [1])
        server.finish(stream, trailers: Self.trailers)
        let end = try server.everything()
        #expect(end.starts(with: Frames.data(1, [1])))
        // Section 6.3: 001, and the new size 0 in five bits.
        #expect(end.dropFirst(10 + 9).first == 0x20)
        #expect(stream.isClosed)
        // That block has told; the next stream's end may be the short one.
        try server.take(Frames.headers(3, end: true))
        let next = try #require(server.takeTouched().first { $0.id == 3 })
        server.respond(next, HeaderBlock([(":status", "200")]), end: false)
        _ = try server.everything()
        server.send(next, [2])
        server.finish(next, trailers: Self.trailers)
        #expect(try server.everything() == Frames.data(3, [2]) + Frames.frame(1, 5, 3, Self.literals))
    }

    /// RFC 9113 section 8.1: a server may answer before the request has ended, and then tells the peer to stop.
    @Test func shortEndOfAnUnfinishedRequestTellsThePeerToStop() throws {
        let server = try makeServer()
        try server.take(Frames.opening + Frames.headers(1))
        let stream = try #require(server.takeTouched().first)
        server.respond(stream, HeaderBlock([(":status", "200")]), end: false)
        _ = try server.everything()
        server.send(stream, [1])
        server.finish(stream, trailers: Self.trailers)
        let reset = Frames.frame(3, 0, 1, [0, 0, 0, 0])
        #expect(try server.everything() == Frames.data(1, [1]) + Frames.frame(1, 5, 1, Self.literals) + reset)
        #expect(stream.isClosed)
    }

    /// Frames that carry no work are bounded (rows F1 to F5); those with which a peer takes a long answer are its work.
    @Test func takingALongAnswerIsNoFlood() throws {
        let window: UInt32 = 16_384
        let server = try makeServer {
            $0.idleFrameBurst = 20
            $0.idleFramesPerSecond = 0
        }
        try server.take(Frames.opening + Frames.headers(1, end: true))
        let stream = try #require(server.takeTouched().first)
        server.respond(stream, HeaderBlock([(":status", "200")]), end: false)
        _ = try server.everything()
        server.send(stream, [UInt8](repeating: 1, count: 3 * 65_535))
        let update = (0..<4).map { UInt8(truncatingIfNeeded: window >> (24 - 8 * $0)) }
        for _ in 0..<8 {
            _ = try server.everything()
            try server.take(Frames.frame(8, 0, 1, update) + Frames.frame(8, 0, 0, update) + Frames.frame(6, 0, 0, [UInt8](repeating: 0, count: 8)))
        }
        _ = try server.everything()
        #expect(!server.isFinished && stream.outgoingBytes == 0)
        // The same frames when there is nothing to take are a flood.
        let more = Frames.frame(8, 0, 1, update) + Frames.frame(8, 0, 0, update)
        #expect((0..<60).contains { _ in server.isOver(after: more) })
    }

    /// Whatever the buffers and frames make of it, a client reads the same answer.
    @Test(arguments: [1, 2_000, 2_048, 16_384, 16_385, 60_000]) func answersOfAnyLengthAreReadWhole(length: Int) throws {
        let client = try HTTP2Session(.client, limits: HTTP2Limits(), now: 0)
        let request = HeaderBlock(Frames.post.map { (name: $0.0, value: $0.1) })
        let asked = try (0..<20).map { _ in try #require(client.request(request, end: true)) }
        let server = try makeServer()
        try server.take(try client.everything())
        let body = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
        for stream in server.takeTouched() {
            server.respond(stream, HeaderBlock([(":status", "200"), ("content-type", "application/grpc")], isPermanent: true), end: false)
            server.send(stream, prefix: SessionTests.MessagePrefix.five, prefixCount: 5, body)
            server.finish(stream, trailers: Self.trailers)
        }
        var received: [Int32: [UInt8]] = [:]
        for _ in 0..<200 {
            try client.take(try server.everything())
            for stream in client.takeTouched() {
                _ = stream.takeNews()
                let bytes = stream.takeReceived()
                client.consume(stream, bytes.count)
                received[stream.id, default: []] += bytes
            }
            try server.take(try client.everything())
        }
        for stream in asked {
            #expect(received[stream.id] == [1, 2, 3, 4, 5] + body)
            #expect(stream.isClosed && stream.closeCode == 0 && stream.trailers.all.map(\.value) == ["0"])
        }
    }
}
