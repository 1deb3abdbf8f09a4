import NIOCore

@testable import HTTP2

/// Raw HTTP/2 frames, written without nghttp2.
enum Frames {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    static let opening = preface + frame(4, 0, 0, [])

    static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        let count = payload.count
        return [UInt8(count >> 16), UInt8(count >> 8 & 255), UInt8(count & 255), type, flags]
            + (0..<4).map { UInt8(truncatingIfNeeded: stream >> (24 - 8 * $0)) } + payload
    }

    /// Literal fields without indexing and without Huffman code (RFC 7541 section 6.2.2).
    static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { [0] + text($0.0) + text($0.1) }
    }

    private static func text(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var head: [UInt8] = [127]
        var rest = bytes.count - 127
        while rest >= 128 {
            head.append(UInt8(rest & 127) | 128)
            rest >>= 7
        }
        return head + [UInt8(rest)] + bytes
    }

    static let post: [(String, String)] = [(":method", "POST"), (":scheme", "https"), (":authority", "a"), (":path", "/a.B/C")]

    /// HEADERS with END_HEADERS, and END_STREAM where `end`.
    static func headers(_ stream: UInt32, _ fields: [(String, String)] = post, end: Bool = false) -> [UInt8] {
        frame(1, 4 | (end ? 1 : 0), stream, block(fields))
    }

    static func data(_ stream: UInt32, _ bytes: [UInt8], end: Bool = false) -> [UInt8] {
        frame(0, end ? 1 : 0, stream, bytes)
    }
}

extension HTTP2Session {
    func take(_ bytes: [UInt8], now: UInt64 = 0) throws {
        try receive(bytes.span.bytes, now: now)
    }

    func everything(now: UInt64 = 0) throws -> [UInt8] {
        var buffer = ByteBuffer()
        while try pull(into: &buffer, maxBytes: .max, now: now) {}
        return Array(buffer.readableBytesView)
    }

    /// True when the session has said goodbye, or fails outright.
    func isOver(after bytes: [UInt8], now: UInt64 = 0) -> Bool {
        do {
            try take(bytes, now: now)
            _ = try everything(now: now)
            return isFinished
        } catch {
            return true
        }
    }
}

func makeServer(_ adjust: (inout HTTP2Limits) -> Void = { _ in }) throws -> HTTP2Session {
    var limits = HTTP2Limits()
    adjust(&limits)
    return try HTTP2Session(.server, limits: limits, now: 0)
}
