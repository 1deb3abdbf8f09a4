import CNghttp2
import NIOCore

/// An HTTP/2 connection without I/O: bytes in, streams with news out; commands in, bytes out.
///
/// Safety: confined to one event loop. `raw` is made in `init`, freed in `deinit` alone, and never handed out; nghttp2 calls back only during
/// `receive` and `pull`, while the caller holds this object. Streams that nghttp2 points to are held in `streams` until their close.
///
/// Exclusivity: as for `HTTP2Stream`: no access to a property spans a call of nghttp2 or of the application. What other modules ask at every
/// call is computed, because their direct accesses would be checked nevertheless.
@safe package final class HTTP2Session {
    package enum Role: Sendable { case server, client }

    let raw: OpaquePointer
    package let role: Role
    package let limits: HTTP2Limits
    /// Bytes of bodies, on all streams together, that wait to be sent.
    package var unsentBytes: Int { queuedBytes }
    @safe @exclusivity(unchecked) var queuedBytes = 0
    /// Open streams in no order.
    @safe @exclusivity(unchecked) package private(set) var streams: [HTTP2Stream] = []
    /// Streams whose news the application has not yet seen.
    @safe @exclusivity(unchecked) private var touched: [HTTP2Stream] = []
    /// Set once the session has ended: nothing goes in or out any more.
    @safe @exclusivity(unchecked) package private(set) var isClosed = false
    /// The peer's SETTINGS have arrived, so that it has proved to speak HTTP/2.
    @safe @exclusivity(unchecked) package internal(set) var hasPeerSettings = false
    /// The error code of the peer's GOAWAY.
    @safe @exclusivity(unchecked) package internal(set) var goAwayCode: UInt32?
    /// Since when a header block is incomplete.
    @safe @exclusivity(unchecked) package internal(set) var headersSince: UInt64?
    package var lastReceived: UInt64 { receivedAt }
    @safe @exclusivity(unchecked) private var receivedAt: UInt64
    @safe @exclusivity(unchecked) package internal(set) var pingSent: UInt64?
    @safe @exclusivity(unchecked) package private(set) var isTerminating = false
    @safe @exclusivity(unchecked) var now: UInt64
    @safe @exclusivity(unchecked) var budget: FrameBudget
    @safe @exclusivity(unchecked) private var scanner: FrameScanner
    /// Frames that nghttp2 has told of, or that were counted although it has not.
    @safe @exclusivity(unchecked) var countedFrames: UInt64 = 0
    @safe @exclusivity(unchecked) var sentResets: SentResets
    /// The stream of the last callback, to save a look-up for the frames that follow. Not counted as a reference: it is in `streams`, and
    /// `ended` and the end of each pass forget it.
    @safe @exclusivity(unchecked) var recent: (id: Int32, stream: Unmanaged<HTTP2Stream>)?
    /// While `pull` asks nghttp2 for frames: where its caller collects them, from the first free byte on.
    @safe @exclusivity(unchecked) var collecting = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
    /// Whether trailers may be sent that nghttp2 has not encoded: not between the peer's SETTINGS, which may change the size of the encoder's
    /// table, and the next block that nghttp2 sends, which tells of it (RFC 7541 section 4.2).
    @safe @exclusivity(unchecked) var encoderIsSettled = false
    /// The header block that is arriving: there is never more than one.
    @safe @exclusivity(unchecked) var incoming = HeaderFields()
    /// Closed streams that nobody else holds, to be used again.
    @safe @exclusivity(unchecked) private var idle: [HTTP2Stream] = []
    /// An empty list, to be the next `touched`.
    @safe @exclusivity(unchecked) private var spare: [HTTP2Stream] = []

    /// `now` is a monotonic clock in nanoseconds.
    package init(_ role: Role, limits: HTTP2Limits, now: UInt64) throws(HTTP2Error) {
        self.role = role
        self.limits = limits
        self.now = now
        receivedAt = now
        budget = FrameBudget(burst: limits.idleFrameBurst, perSecond: limits.idleFramesPerSecond, now: now)
        scanner = FrameScanner(prefaceBytes: role == .server ? 24 : 0)
        sentResets = SentResets(limit: limits.maxSentResets, window: limits.sentResetWindowNanoseconds)
        guard let made = unsafe Nghttp2.session(role, limits) else { throw .noSession }
        unsafe raw = made
        unsafe nghttp2_session_set_user_data(raw, Unmanaged.passUnretained(self).toOpaque())
        submitSettings()
    }

    deinit {
        unsafe nghttp2_session_del(raw)
    }

    // MARK: Bytes

    /// Takes bytes from the peer. What they did is found in `takeTouched`.
    package func receive(_ bytes: RawSpan, now: UInt64) throws(HTTP2Error) {
        guard !isClosed else { throw .closed }
        self.now = now
        receivedAt = now
        pingSent = nil
        budget.refill(now)
        let taken = unsafe bytes.withUnsafeBytes { region in
            unsafe nghttp2_session_mem_recv(raw, region.baseAddress?.assumingMemoryBound(to: UInt8.self), region.count)
        }
        recent = nil
        scanner.scan(bytes)
        countUntoldFrames()
        guard taken >= 0 else { throw .protocolViolation(reason: Nghttp2.text(Int32(taken))) }
        // The session is ours and open; the call only reads its count.
        guard unsafe nghttp2_session_get_outbound_queue_size(raw) <= limits.maxQueuedFrames else {
            throw .tooSlow(what: "reading our frames")
        }
    }

    /// Frames that nghttp2 drops without a word cost their reading all the same. One whose header is cut off from the rest may be told of later;
    /// the next one untold is then free.
    private func countUntoldFrames() {
        guard scanner.count > countedFrames else { return }
        let untold = Int(clamping: scanner.count - countedFrames)
        countedFrames = scanner.count
        if !budget.spend(untold) { calm() }
    }

    /// Appends bytes for the peer until `maxBytes` or nothing is left. True when more may be waiting.
    package func pull(into buffer: inout ByteBuffer, maxBytes: Int, now: UInt64) throws(HTTP2Error) -> Bool {
        guard !isClosed else { return false }
        self.now = now
        defer { recent = nil }
        while buffer.readableBytes < maxBytes {
            let left = maxBytes - buffer.readableBytes
            var start: UnsafePointer<UInt8>? = nil
            var count = 1
            var fits = true
            // Short frames are collected without growing the buffer for each; nghttp2's memory is valid until the next call on the session.
            unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.collectingBytes) { room in
                var written = 0
                while written < left, room.count - written >= Self.collectingBytes {
                    unsafe collecting = UnsafeMutableRawBufferPointer(rebasing: room[written...])
                    count = unsafe nghttp2_session_mem_send(raw, &start)
                    written = room.count - collecting.count
                    unsafe collecting = UnsafeMutableRawBufferPointer(start: nil, count: 0)
                    guard count > 0, let from = unsafe start, let to = room.baseAddress else { break }
                    fits = count <= room.count - written
                    guard fits else { break }
                    unsafe (to + written).copyMemory(from: from, byteCount: count)
                    written += count
                }
                return written
            }
            guard count >= 0 else { throw .protocolViolation(reason: Nghttp2.text(Int32(count))) }
            guard count > 0 else { return false }
            // Still nghttp2's memory: no call was made since.
            if !fits { unsafe buffer.writeBytes(UnsafeRawBufferPointer(start: start, count: count)) }
        }
        return true
    }

    /// Least room in which frames are collected; one that does not fit is added by itself.
    private static let collectingBytes = 2048

    /// Whether both sides have nothing left to say.
    package var isFinished: Bool {
        isClosed || (unsafe nghttp2_session_want_read(raw) == 0 && nghttp2_session_want_write(raw) == 0)
    }

    /// Hands over the streams with news. Each must be asked with `takeNews`.
    package func takeTouched() -> [HTTP2Stream] {
        let current = touched
        touched = spare
        spare = []
        for stream in current { stream.isQueued = false }
        return current
    }

    /// Takes back what `takeTouched` handed over, once its news have been seen. Closed streams that nobody holds any more are kept for reuse.
    func recycle(_ seen: consuming [HTTP2Stream]) {
        guard role == .server else { return }
        while var stream = seen.popLast() {
            guard stream.isClosed, !stream.isQueued else { continue }
            guard !isClosed, idle.count < limits.maxKeptStreams, stream.owner != nil || isKnownUniquelyReferenced(&stream) else {
                stream.owner = nil
                continue
            }
            stream.renew()
            idle.append(consume stream)
        }
        if seen.capacity <= HTTP2Limits.keptNews { spare = seen }
    }

    /// Gives back what is kept for requests to come.
    func rest() {
        for stream in idle { stream.owner = nil }
        idle = []
        spare = []
        if touched.isEmpty { touched = [] }
        if streams.isEmpty { streams = [] }
        // The first part of a block that is not complete stays.
        if headersSince == nil { incoming = HeaderFields() }
    }

    /// A stream for a request that begins.
    func makeStream(_ id: Int32) -> HTTP2Stream {
        guard let stream = idle.popLast() else { return HTTP2Stream(id: id) }
        stream.id = id
        return stream
    }

    package var hasTouched: Bool { !touched.isEmpty }

    /// Ends the session: every open stream gets the news `closed`. nghttp2 does not tell of them itself.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        for stream in streams {
            stream.isClosed = true
            stream.closeCode = UInt32(NGHTTP2_CANCEL.rawValue)
            dropOutgoing(stream)
            touch(stream, .closed)
        }
        streams = []
        // Their owners hold them.
        for stream in idle { stream.owner = nil }
        idle = []
    }

    // MARK: Streams, called by the callbacks

    func opened(_ stream: consuming HTTP2Stream) {
        stream.slot = streams.count
        stream.receivedAt = now
        stream.sentAt = now
        streams.append(consume stream)
    }

    /// `stream` need not be held by the caller: it lives in `touched` from here on.
    func ended(_ stream: HTTP2Stream, code: UInt32) {
        guard stream.slot >= 0 else { return }
        let slot = stream.slot
        let last = streams.count - 1
        if slot != last {
            // Moved without counting references; both places are in the list.
            unsafe streams.withUnsafeMutableBufferPointer { unsafe $0.swapAt(slot, last) }
            streams[slot].slot = slot
        }
        stream.news.insert(.closed)
        // From one list to the other without counting references.
        let moved = streams.removeLast()
        if !stream.isQueued {
            stream.isQueued = true
            touched.append(consume moved)
        }
        stream.slot = -1
        stream.isClosed = true
        stream.closeCode = code
        dropOutgoing(stream)
        if stream.unconsumed > 0 {
            // The connection's window gets back what nobody will use any more.
            _ = unsafe nghttp2_session_consume_connection(raw, stream.unconsumed)
            stream.unconsumed = 0
        }
        recent = nil
    }

    /// What waits on a stream will not be sent.
    func dropOutgoing(_ stream: HTTP2Stream) {
        queuedBytes -= stream.outgoingBytes
        stream.dropOutgoing()
    }

    func touch(_ stream: HTTP2Stream, _ news: HTTP2Stream.News) {
        stream.news.insert(news)
        guard !stream.isQueued else { return }
        stream.isQueued = true
        touched.append(stream)
    }

    /// Asks the peer to go away because it costs more than it is worth.
    func calm() {
        terminate(UInt32(NGHTTP2_ENHANCE_YOUR_CALM.rawValue))
    }

    /// Sends GOAWAY with `code` and takes no more frames.
    package func terminate(_ code: UInt32) {
        guard !isClosed, !isTerminating else { return }
        isTerminating = true
        _ = unsafe nghttp2_session_terminate_session(raw, code)
    }

    private func submitSettings() {
        var entries = [
            nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE.rawValue), value: limits.streamWindowBytes),
            nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE.rawValue), value: UInt32(limits.maxHeaderListBytes)),
        ]
        switch role {
        case .server:
            entries.append(
                nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS.rawValue), value: limits.maxConcurrentStreams))
            // RFC 9218: the old priority tree costs work that a peer can provoke.
            entries.append(nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES.rawValue), value: 1))
        case .client:
            entries.append(nghttp2_settings_entry(settings_id: Int32(NGHTTP2_SETTINGS_ENABLE_PUSH.rawValue), value: 0))
        }
        // nghttp2 copies the entries. These two calls fail only for values out of range, which the limits are not.
        let settings = unsafe nghttp2_submit_settings(raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), entries, entries.count)
        let window = unsafe nghttp2_session_set_local_window_size(raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), 0, limits.connectionWindowBytes)
        precondition(settings == 0 && window == 0, "HTTP/2 limits out of range")
    }
}
