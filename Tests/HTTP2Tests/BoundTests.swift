import Testing

@testable import HTTP2

/// Rows F1 to F8 of the attack matrix, as far as one session sees them.
@Suite struct BoundTests {
    private static let overflow: [UInt8] = [0x7F, 0xFF, 0xFF, 0xFF]

    private func open(_ adjust: (inout HTTP2Limits) -> Void = { _ in }) throws -> HTTP2Session {
        let server = try makeServer(adjust)
        try server.take(Frames.opening)
        _ = try server.everything()
        return server
    }

    @Test func rapidResetEndsTheConnection() throws {
        let server = try open()
        var ended = false
        for index in 0..<300 where !ended {
            let id = UInt32(index * 2 + 1)
            ended = server.isOver(after: Frames.headers(id) + Frames.frame(3, 0, id, [0, 0, 0, 8]))
        }
        #expect(ended)
        #expect(server.streams.isEmpty)
    }

    @Test func provokedResetsEndTheConnection() throws {
        let server = try open()
        // A stream's window over 2^31-1 is an error that the server answers by a reset (RFC 9113 section 6.9.1).
        var provoked = 0
        for index in 0..<200 {
            let id = UInt32(index * 2 + 1)
            provoked += 1
            if server.isOver(after: Frames.headers(id) + Frames.frame(8, 0, id, Self.overflow), now: UInt64(index) * 1_000_000) { break }
        }
        #expect(provoked == 101)
    }

    @Test func resetsFarApartAreForgiven() throws {
        let server = try open()
        for index in 0..<200 {
            let id = UInt32(index * 2 + 1)
            let bytes = Frames.headers(id) + Frames.frame(8, 0, id, Self.overflow)
            let isOver = server.isOver(after: bytes, now: UInt64(index) * 400_000_000)
            #expect(!isOver)
        }
    }

    @Test func continuationFloodEndsTheConnection() throws {
        let server = try open()
        let start = Frames.frame(1, 0, 1, Frames.block(Frames.post))
        let flood = (0..<9).flatMap { Frames.frame(9, 0, 1, Frames.block([("x\($0)", "y")])) }
        #expect(server.isOver(after: start + flood))
    }

    @Test func longSettingsEndTheConnection() throws {
        #expect(try !open().isOver(after: Frames.frame(4, 0, 0, (0..<32).flatMap { _ in [0, 3, 0, 0, 0, 100] as [UInt8] })))
        #expect(try open().isOver(after: Frames.frame(4, 0, 0, (0..<33).flatMap { _ in [0, 3, 0, 0, 0, 100] as [UInt8] })))
    }

    @Test(arguments: [
        Frames.frame(6, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]), Frames.frame(4, 0, 0, []), Frames.frame(8, 0, 0, [0, 0, 0, 1]),
        Frames.frame(2, 0, 1, [0, 0, 0, 0, 16]), Frames.frame(0xBB, 0, 0, [1]), Frames.frame(0, 0, 1, []),
        // ALTSVC (RFC 7838 section 4) and ORIGIN (RFC 8336 section 2), which nghttp2 drops without telling.
        Frames.frame(0x0A, 0, 0, [0, 1, 0x61, 0x62]), Frames.frame(0x0C, 0, 0, [0, 1, 0x61]),
    ])
    func idleFrameFloodEndsTheConnection(_ frame: [UInt8]) throws {
        let server = try open()
        try server.take(Frames.headers(1))
        var ended = false
        for _ in 0..<50 where !ended { ended = server.isOver(after: (0..<50).flatMap { _ in frame }) }
        #expect(ended)
    }

    /// Bytes that arrive for a stream after its end are work for nobody.
    @Test func dataForClosedStreamsIsNoWork() throws {
        let server = try open { $0.connectionWindowBytes = 1 << 30 }
        try server.take(Frames.headers(1) + Frames.frame(3, 0, 1, [0, 0, 0, 8]))
        var ended = false
        for _ in 0..<100 where !ended { ended = server.isOver(after: (0..<50).flatMap { _ in Frames.data(1, [1]) }) }
        #expect(ended)
    }

    /// A header block for a stream that is over is decoded, because the table of HPACK demands it, and then dropped: it earns nothing.
    @Test func headersForClosedStreamsAreNoWork() throws {
        let server = try open()
        try server.take(Frames.headers(1) + Frames.frame(3, 0, 1, [0, 0, 0, 8]))
        var taken = 0
        while taken < 4_000, !server.isOver(after: Frames.headers(1, end: true)) { taken += 1 }
        #expect(taken <= HTTP2Limits().idleFrameBurst)
    }

    /// Frames of every kind that carries work cost nothing, wherever the bytes are cut; a budget for the SETTINGS, the CONTINUATION and no more
    /// frame is enough for them.
    @Test(arguments: [2, 3, 9, 10, 100_000])
    func framesOfWorkCostNothingHoweverTheyAreCut(_ cut: Int) throws {
        let server = try makeServer { $0.idleFrameBurst = 2 }
        // HEADERS with priority and padding (RFC 9113 section 6.2), CONTINUATION, padded DATA (section 6.1), empty DATA at the end, trailers.
        let block = Frames.block(Frames.post)
        let bytes =
            Frames.opening + Frames.frame(1, 0x28, 1, [2] + [0, 0, 0, 0, 16] + block.prefix(10) + [0, 0]) + Frames.frame(9, 4, 1, Array(block.dropFirst(10)))
            + Frames.frame(0, 8, 1, [3, 7, 7, 0, 0, 0]) + Frames.data(1, [], end: true) + Frames.headers(3) + Frames.data(3, [1])
            + Frames.headers(3, [("x", "y")], end: true) + Frames.headers(5, end: true)
        for start in stride(from: 0, to: bytes.count, by: cut) {
            #expect(!server.isOver(after: Array(bytes[start..<min(start + cut, bytes.count)])))
        }
        #expect(server.streams.map(\.id).sorted() == [1, 3, 5])
    }

    /// What nghttp2 tells of is not counted twice, however the bytes are cut.
    @Test(arguments: [1, 7, 9, 10, 64, 10_000])
    func theScannerCountsEveryFrameOnce(_ cut: Int) {
        let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
        let frames = Frames.frame(4, 0, 0, []) + Frames.data(1, [UInt8](repeating: 7, count: 300)) + Frames.frame(0x0A, 0, 0, [0, 1, 0x61])
        let bytes = preface + frames + frames
        var scanner = FrameScanner(prefaceBytes: 24)
        for start in stride(from: 0, to: bytes.count, by: cut) {
            let part = Array(bytes[start..<min(start + cut, bytes.count)])
            scanner.scan(part.span.bytes)
        }
        #expect(scanner.count == 6)
    }

    @Test func idleFramesOverTimeAreFine() throws {
        let server = try open()
        for second in 1...100 {
            let pings = (0..<100).flatMap { _ in Frames.frame(6, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]) }
            #expect(!server.isOver(after: pings, now: UInt64(second) * 1_000_000_000))
        }
    }

    @Test func headerListOverTheBoundIsReset() throws {
        let server = try open()
        // Four pseudo fields take 173 bytes and each other one 999: sixteen make 16,157, within 16 KiB.
        func request(_ id: UInt32, _ count: Int) -> [UInt8] {
            Frames.headers(id, Frames.post + (0..<count).map { ("x-\($0 + 10)", String(repeating: "v", count: 963)) }, end: true)
        }
        try server.take(request(1, 16))
        let fitting = try #require(server.takeTouched().first)
        #expect(fitting.takeNews() == [.headers, .end])
        let long = Frames.post + (0..<9).map { ("x-\($0 + 10)", String(repeating: "v", count: 1_700)) }
        try server.take(Frames.frame(1, 1, 3, Frames.block(long)) + Frames.frame(9, 4, 3, Frames.block([("y", String(repeating: "v", count: 1_500))])))
        #expect(try server.everything() == Frames.frame(3, 0, 3, [0, 0, 0, 2]))
        let refused = try #require(server.takeTouched().first)
        #expect(refused.takeNews() == .closed)
    }

    @Test(arguments: [
        Frames.headers(2), Frames.data(0, [1]), Frames.frame(5, 4, 1, [0, 0, 0, 2] + Frames.block(Frames.post)),
        Frames.frame(0, 0, 5, [1]), Frames.frame(8, 0, 0, [0, 0, 0, 0]),
    ])
    func brokenStreamRulesEndTheConnection(_ bytes: [UInt8]) throws {
        #expect(try open().isOver(after: bytes))
    }

    @Test(arguments: [
        [("A-B", "x")], [("", "x")], [("x", "a\r\nb")], [("x", "a\0b")], [(":path", "/again")], [("connection", "close")], [("te", "gzip")],
    ])
    func badFieldIsRefused(_ fields: [(String, String)]) throws {
        let server = try open()
        try server.take(Frames.headers(1, Frames.post + fields, end: true))
        #expect(server.takeTouched().allSatisfy { !$0.takeNews().contains(.headers) })
    }

    @Test func otherProtocolsAreRefused() throws {
        for text in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", "\u{16}\u{3}\u{1}"] {
            let server = try makeServer()
            #expect(throws: HTTP2Error.self) { try server.take(Array(text.utf8) + [UInt8](repeating: 0, count: 32)) }
        }
    }

    @Test func streamsOverTheBoundAreRefused() throws {
        let server = try open { $0.maxConcurrentStreams = 2 }
        try server.take(Frames.headers(1) + Frames.headers(3) + Frames.headers(5))
        #expect(server.streams.count == 2)
        #expect(try server.everything() == Frames.frame(3, 0, 5, [0, 0, 0, 7]))
        // Once the peer has acknowledged the bound, one stream more is an error of the connection.
        #expect(server.isOver(after: Frames.frame(4, 1, 0, []) + Frames.headers(7)))
    }

    @Test func lowerStreamNumberOpensNothing() throws {
        let server = try open()
        try server.take(Frames.headers(3) + Frames.headers(1))
        #expect(server.streams.map(\.id) == [3])
    }
}
