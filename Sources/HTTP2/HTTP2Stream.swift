import CNghttp2

/// One stream of a session: what has been received and not yet been used, and what waits to be sent.
///
/// Confined to the session's event loop. The session holds it from its first frame to its close; then it may serve another stream, once
/// nobody else holds it.
///
/// Exclusivity: accesses to one property never overlap, because no access to a property spans a call-out: values are read, changed and written
/// on one loop. The run-time check of that cost a tenth of a call, so that it is off for the properties marked.
package final class HTTP2Stream {
    /// What has happened since the application last looked. Inlinable, because every call asks several times: from another module each question
    /// went through the protocol's witness table.
    package struct News: OptionSet, Sendable {
        package let rawValue: UInt8
        @inlinable package init(rawValue: UInt8) { self.rawValue = rawValue }
        /// `fields` is complete.
        @inlinable package static var headers: News { News(rawValue: 1) }
        /// `received` has grown.
        @inlinable package static var data: News { News(rawValue: 2) }
        /// The peer will send nothing more; `trailers` is complete.
        @inlinable package static var end: News { News(rawValue: 4) }
        /// The stream is gone; `closeCode` says why.
        @inlinable package static var closed: News { News(rawValue: 8) }
        /// Few enough bytes wait to be sent that a writer may go on.
        @inlinable package static var drained: News { News(rawValue: 16) }

        @inlinable @inline(__always) package func contains(_ other: News) -> Bool { rawValue & other.rawValue == other.rawValue }
    }

    struct Chunk {
        /// Up to eight bytes that come before `bytes`, the first in the lowest place.
        var prefix: UInt64
        var prefixCount: Int
        let bytes: [UInt8]
        var offset = 0
        var isBegun = false
        var count: Int { prefixCount + bytes.count - offset }
    }

    @safe @exclusivity(unchecked) package internal(set) var id: Int32
    /// The request's or, on a client, the response's header fields.
    @safe @exclusivity(unchecked) package internal(set) var fields = HeaderFields()
    @safe @exclusivity(unchecked) package internal(set) var trailers = HeaderFields()
    @safe @exclusivity(unchecked) package internal(set) var news: News = []
    /// The HTTP/2 error code of the close (RFC 9113 section 7); 0 is a good end.
    @safe @exclusivity(unchecked) package internal(set) var closeCode: UInt32 = 0
    @safe @exclusivity(unchecked) package internal(set) var isClosed = false
    /// The application's own object for this stream. One that is left here when the news of the close has been seen serves the stream's next
    /// request too: the application then says that nobody else holds it, nor the stream.
    @safe @exclusivity(unchecked) package var owner: AnyObject?
    /// When the peer last moved this stream forward, in nanoseconds of the session's clock.
    @safe @exclusivity(unchecked) package internal(set) var receivedAt: UInt64 = 0
    @safe @exclusivity(unchecked) package internal(set) var sentAt: UInt64 = 0
    /// Bytes sent since `sentAt`: what is less than `HTTP2Limits.outgoingProgressBytes` does not count as moving forward.
    @safe @exclusivity(unchecked) var sentSinceProgress = 0
    /// Bytes that wait to be sent.
    @safe @exclusivity(unchecked) package internal(set) var outgoingBytes = 0

    @safe @exclusivity(unchecked) var received: [UInt8] = []
    /// Received and not yet given back to the peer's window.
    @safe @exclusivity(unchecked) var unconsumed = 0
    @safe @exclusivity(unchecked) var slot = -1
    @safe @exclusivity(unchecked) var isQueued = false
    @safe @exclusivity(unchecked) var isDeferred = false
    @safe @exclusivity(unchecked) var headersSubmitted = false
    @safe @exclusivity(unchecked) var hasFinalFields = false
    @safe @exclusivity(unchecked) var wantsDrained = false
    @safe @exclusivity(unchecked) var outgoingEnded = false
    @safe @exclusivity(unchecked) var outgoingTrailers: HeaderBlock?
    @safe @exclusivity(unchecked) private var chunks: [Chunk] = []
    @safe @exclusivity(unchecked) private var head = 0

    init(id: Int32) {
        self.id = id
    }

    /// Bytes received and not taken yet.
    package var receivedCount: Int { received.count }

    /// Changes the fields for others: a list that has been used comes back for its memory.
    package func exchangeFields(_ other: inout HeaderFields) {
        swap(&fields, &other)
    }

    package var hasOwner: Bool { owner != nil }

    /// Calls `body` with the owner, without counting a reference to it: `body` must leave the stream its owner. Nil where there is none.
    package func withOwner<Result>(_ body: (AnyObject) -> Result) -> Result? {
        // Held by `owner`.
        guard let owner = unsafe owner.map({ unsafe Unmanaged.passUnretained($0) }) else { return nil }
        return unsafe owner._withUnsafeGuaranteedRef(body)
    }

    /// Whether this stream alone holds its owner.
    package func holdsOwnerAlone() -> Bool {
        isKnownUniquelyReferenced(&owner)
    }

    /// Hands over all bytes received since the last call. Give them back to the window with `HTTP2Session.consume`.
    package func takeReceived() -> [UInt8] {
        let bytes = received
        received = []
        return bytes
    }

    /// Shows all bytes received to `body`; when it wants no more of them than what it has made, it answers with that and they are dropped.
    package func useReceived(_ body: ([UInt8]) -> [UInt8]?) -> [UInt8]? {
        var bytes: [UInt8] = []
        swap(&bytes, &received)
        defer { swap(&bytes, &received) }
        guard let result = body(bytes) else { return nil }
        bytes.removeAll(keepingCapacity: true)
        return result
    }

    /// Makes a closed stream ready to be another one. Its small buffers are kept.
    func renew() {
        fields.removeAll()
        if !trailers.isEmpty { trailers.removeAll() }
        news = []
        closeCode = 0
        isClosed = false
        if !received.isEmpty || received.capacity > HTTP2Limits.keptReceivedBytes { received = [] }
        unconsumed = 0
        slot = -1
        isQueued = false
        isDeferred = false
        headersSubmitted = false
        hasFinalFields = false
        wantsDrained = false
        sentSinceProgress = 0
        // The trailers stay: they are mostly the next ones too, and nobody asks for them before `finish` has set them.
        outgoingEnded = false
        dropOutgoing()
        if chunks.capacity > HTTP2Limits.keptChunks { chunks = [] }
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

    /// Drops the pieces of which no byte has been sent, and answers with how many bytes those were.
    func dropUnbegun() -> Int {
        let first = head < chunks.count && chunks[head].isBegun ? head + 1 : head
        let count = chunks[first...].reduce(0) { $0 + $1.count }
        chunks.removeSubrange(first...)
        outgoingBytes -= count
        return count
    }

    func dropOutgoing() {
        if !chunks.isEmpty { chunks.removeAll() }
        head = 0
        outgoingBytes = 0
    }

    /// Copies waiting bytes into nghttp2's frame. `room` is valid during the call.
    func fill(_ room: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var written = 0
        while written < room.count, head < chunks.count {
            unsafe written += Self.take(&chunks[head], UnsafeMutableBufferPointer(rebasing: room[written...]))
            if chunks[head].count == 0 { head += 1 }
        }
        outgoingBytes -= written
        if head == 1, chunks.count == 1 {
            chunks.removeLast()
            head = 0
        } else if head == chunks.count, head > 0 {
            chunks.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 64 {
            chunks.removeFirst(head)
            head = 0
        }
        return written
    }

    /// Moves bytes from `chunk` to `room`, which is valid during the call, until one has none left. Returns how many.
    private static func take(_ chunk: inout Chunk, _ room: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var written = 0
        chunk.isBegun = true
        while chunk.prefixCount > 0, written < room.count {
            unsafe room[written] = UInt8(truncatingIfNeeded: chunk.prefix)
            chunk.prefix >>= 8
            chunk.prefixCount -= 1
            written += 1
        }
        let offset = chunk.offset
        let count = min(room.count - written, chunk.bytes.count - offset)
        guard count > 0 else { return written }
        unsafe chunk.bytes.withUnsafeBufferPointer { source in
            guard let from = source.baseAddress, let to = room.baseAddress else { return }
            unsafe (to + written).update(from: from + offset, count: count)
        }
        chunk.offset += count
        return written + count
    }
}
