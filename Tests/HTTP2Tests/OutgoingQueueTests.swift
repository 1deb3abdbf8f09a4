import Testing

@testable import HTTP2

/// A peer that asks and never takes the answers.
@Suite struct OutgoingQueueTests {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

    /// GET / as RFC 7541's static table says it: :method GET, :scheme https, :path /, :authority a.
    private static func request(_ stream: UInt32) -> [UInt8] {
        let block: [UInt8] = [0x82, 0x87, 0x84, 0x41, 0x01, 0x61]
        return [0, 0, UInt8(block.count), 1, 5] + (0..<4).map { UInt8(truncatingIfNeeded: stream >> (24 - 8 * UInt32($0))) } + block
    }

    @Test func framesThatThePeerDoesNotTakeAreBounded() throws {
        let session = try HTTP2Session(.server, limits: HTTP2Limits(), now: 0)
        try session.receive(Self.preface.span.bytes, now: 0)
        var refused: HTTP2Error?
        var sent: UInt32 = 0
        // Nothing is pulled, and our SETTINGS are never acknowledged: each stream over the limit would queue a reset of its own.
        while refused == nil, sent < 20_000 {
            do throws(HTTP2Error) {
                try session.receive(Self.request(2 * sent + 1).span.bytes, now: UInt64(sent) * 100_000_000)
            } catch {
                refused = error
            }
            sent += 1
        }
        #expect(refused == .tooSlow(what: "reading our frames"))
        session.close()
    }

    /// A byte now and then is no progress; 4,096 bytes are, and so is the end of what waits.
    @Test func aByteAtATimeIsNoProgress() throws {
        let session = try HTTP2Session(.server, limits: HTTP2Limits(), now: 0)
        // SETTINGS_INITIAL_WINDOW_SIZE 0 (RFC 9113 section 6.5.2).
        try session.receive((Frames.preface + Frames.frame(4, 0, 0, [0, 4, 0, 0, 0, 0]) + Self.request(1)).span.bytes, now: 1)
        let stream = try #require(session.takeTouched().first)
        session.respond(stream, HeaderBlock([(":status", "200")]), end: false)
        session.send(stream, [UInt8](repeating: 0, count: 5_000))
        session.finish(stream)
        _ = try session.everything(now: 1)
        stream.sentAt = 1
        func grant(_ bytes: UInt32, at now: UInt64) throws {
            try session.receive(Frames.frame(8, 0, 1, (0..<4).map { UInt8(truncatingIfNeeded: bytes >> (24 - 8 * $0)) }).span.bytes, now: now)
            _ = try session.everything(now: now)
        }
        for time in UInt64(2)...20 { try grant(1, at: time) }
        #expect(stream.outgoingBytes == 4_981)
        #expect(stream.sentAt == 1)
        try grant(4_077, at: 30)
        #expect(stream.sentAt == 30)
        try grant(1, at: 40)
        #expect(stream.sentAt == 30)
        try grant(1_000, at: 50)
        #expect(stream.outgoingBytes == 0)
        #expect(stream.sentAt == 50)
        session.close()
    }
}
