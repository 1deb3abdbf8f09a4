import CNghttp2

/// One stream of a session: what has been received and not yet been used, and what waits to be sent.
///
/// Confined to the session's event loop. The session holds it from its first frame to its close.
package final class HTTP2Stream {
    /// What has happened since the application last looked.
    package struct News: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// `fields` is complete.
        package static let headers = News(rawValue: 1)
        /// `received` has grown.
        package static let data = News(rawValue: 2)
        /// The peer will send nothing more; `trailers` is complete.
        package static let end = News(rawValue: 4)
        /// The stream is gone; `closeCode` says why.
        package static let closed = News(rawValue: 8)
        /// Few enough bytes wait to be sent that a writer may go on.
        package static let drained = News(rawValue: 16)
    }

    struct Chunk {
        /// Up to eight bytes that come before `bytes`, the first in the lowest place.
        var prefix: UInt64
        var prefixCount: Int
        let bytes: [UInt8]
        var offset = 0
        var count: Int { prefixCount + bytes.count - offset }
    }

    package internal(set) var id: Int32
    /// The request's or, on a client, the response's header fields.
    package internal(set) var fields = HeaderFields()
    package internal(set) var trailers = HeaderFields()
    package internal(set) var news: News = []
    /// The HTTP/2 error code of the close (RFC 9113 section 7); 0 is a good end.
    package internal(set) var closeCode: UInt32 = 0
    package internal(set) var isClosed = false
    /// The application's own object for this stream.
    package var owner: AnyObject?
    /// When the peer last moved this stream forward, in nanoseconds of the session's clock.
    package internal(set) var receivedAt: UInt64 = 0
    package internal(set) var sentAt: UInt64 = 0
    /// Bytes that wait to be sent.
    package internal(set) var outgoingBytes = 0

    var received: [UInt8] = []
    /// Received and not yet given back to the peer's window.
    var unconsumed = 0
    var slot = -1
    var isQueued = false
    var isDeferred = false
    var headersSubmitted = false
    var hasFinalFields = false
    var wantsDrained = false
    var outgoingEnded = false
    var outgoingTrailers: HeaderBlock?
    private var chunks: [Chunk] = []
    private var head = 0

    init(id: Int32) {
        self.id = id
    }

    /// Bytes received and not taken yet.
    package var receivedCount: Int { received.count }

    /// Hands over all bytes received since the last call. Give them back to the window with `HTTP2Session.consume`.
    package func takeReceived() -> [UInt8] {
        let bytes = received
        received = []
        return bytes
    }

    /// Hands over and clears what happened since the last call.
    package func takeNews() -> News {
        let current = news
        news = []
        return current
    }

    func append(_ chunk: Chunk) {
        outgoingBytes += chunk.count
        chunks.append(chunk)
    }

    func dropOutgoing() {
        chunks.removeAll()
        head = 0
        outgoingBytes = 0
    }

    /// Copies waiting bytes into nghttp2's frame. `room` is valid during the call.
    func fill(_ room: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var written = 0
        while written < room.count, head < chunks.count {
            while chunks[head].prefixCount > 0, written < room.count {
                unsafe room[written] = UInt8(truncatingIfNeeded: chunks[head].prefix)
                chunks[head].prefix >>= 8
                chunks[head].prefixCount -= 1
                written += 1
            }
            let offset = chunks[head].offset
            let take = min(room.count - written, chunks[head].bytes.count - offset)
            if take > 0 {
                unsafe chunks[head].bytes.withUnsafeBufferPointer { source in
                    guard let from = source.baseAddress, let to = room.baseAddress else { return }
                    unsafe (to + written).update(from: from + offset, count: take)
                }
                chunks[head].offset += take
                written += take
            }
            if chunks[head].count == 0 { head += 1 }
        }
        outgoingBytes -= written
        if head == chunks.count, head > 0 {
            chunks.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 64 {
            chunks.removeFirst(head)
            head = 0
        }
        return written
    }
}
