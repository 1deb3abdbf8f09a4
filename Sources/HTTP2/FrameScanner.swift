/// Counts the frames in a byte stream by their headers (RFC 9113 section 4.1), whatever nghttp2 makes of them: of an extension that it does not know
/// (ALTSVC, ORIGIN and whatever else), of DATA and of header blocks on a stream that is closed, it tells nothing.
struct FrameScanner {
    /// Bytes before the next frame header: the client's preface at first, then the rest of a frame.
    private var skip: Int
    /// Bytes of a frame header that has arrived in part: how many, and its length field so far.
    private var headerBytes = 0
    private var length = 0
    /// Frames whose header is complete.
    private(set) var count: UInt64 = 0

    static let frameHeaderBytes = 9

    /// - Parameter prefaceBytes: what the peer sends before its first frame: 24 for a client (RFC 9113 section 3.4), none for a server.
    init(prefaceBytes: Int) {
        skip = prefaceBytes
    }

    mutating func scan(_ bytes: RawSpan) {
        var position = 0
        while true {
            let step = min(skip, bytes.byteCount - position)
            skip -= step
            position += step
            guard position < bytes.byteCount else { return }
            if headerBytes == 0, bytes.byteCount - position >= FrameScanner.frameHeaderBytes {
                skip = Int(bytes.byte(position)) << 16 | Int(bytes.byte(position + 1)) << 8 | Int(bytes.byte(position + 2))
                position += FrameScanner.frameHeaderBytes
                count += 1
            } else {
                takeHeaderByte(bytes.byte(position))
                position += 1
            }
        }
    }

    /// For a frame header that is cut.
    private mutating func takeHeaderByte(_ byte: UInt8) {
        if headerBytes < 3 { length = length << 8 | Int(byte) }
        headerBytes += 1
        guard headerBytes == FrameScanner.frameHeaderBytes else { return }
        count += 1
        skip = length
        headerBytes = 0
        length = 0
    }
}

extension RawSpan {
    /// One byte; the offset must be inside the span.
    fileprivate func byte(_ offset: Int) -> UInt8 {
        // Invariant: the load checks the offset, and every bit pattern is a byte.
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
