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
}
