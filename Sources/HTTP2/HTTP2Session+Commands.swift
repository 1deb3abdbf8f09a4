import CNghttp2

/// What an application can ask of a session. On a closed session or stream each command does nothing.
extension HTTP2Session {
    /// Starts a response, or informs of a request's fields on a stream that `request` made. With `end` nothing follows.
    package func respond(_ stream: HTTP2Stream, _ fields: HeaderBlock, end: Bool) {
        guard !isClosed, !stream.isClosed, !stream.headersSubmitted else { return }
        stream.headersSubmitted = true
        if end { stream.outgoingEnded = true }
        // The provider points to the stream, which the session holds until nghttp2 has closed it.
        unsafe withProvider(stream, end) { provider in
            unsafe fields.withEntries { entries, count in
                let result = unsafe nghttp2_submit_response(raw, stream.id, entries, count, provider)
                if result != 0 { reset(stream, UInt32(NGHTTP2_INTERNAL_ERROR.rawValue)) }
            }
        }
    }

    /// Opens a stream and sends a request. Nil when the session takes none any more.
    package func request(_ fields: HeaderBlock, end: Bool) -> HTTP2Stream? {
        guard role == .client, !isClosed, !isTerminating, goAwayCode == nil else { return nil }
        let stream = HTTP2Stream(id: 0)
        stream.headersSubmitted = true
        if end { stream.outgoingEnded = true }
        let id = unsafe withProvider(stream, end) { provider in
            unsafe fields.withEntries { entries, count in
                unsafe nghttp2_submit_request(raw, nil, entries, count, provider, Unmanaged.passUnretained(stream).toOpaque())
            }
        }
        guard id > 0 else { return nil }
        stream.id = id
        opened(stream)
        return stream
    }

    /// Queues bytes of a body. `prefix` holds `prefixCount` (0 to 8) bytes that come before them, the first in the lowest place.
    package func send(_ stream: HTTP2Stream, prefix: UInt64 = 0, prefixCount: Int = 0, _ bytes: consuming [UInt8]) {
        guard !isClosed, !stream.isClosed, !stream.outgoingEnded else { return }
        // How long the peer leaves it waiting is measured from the next tick on: `now` may be old here.
        if stream.outgoingBytes == 0 {
            stream.sentAt = .max
            stream.sentSinceProgress = 0
        }
        queuedBytes += prefixCount + bytes.count
        stream.append(HTTP2Stream.Chunk(prefix: prefix, prefixCount: prefixCount, bytes: bytes))
        resume(stream)
    }

    /// Takes back what was to be sent on a stream and has not begun to leave: of the pieces given to `send` one that is half sent is sent whole.
    package func takeBack(_ stream: HTTP2Stream) {
        guard !isClosed, !stream.isClosed, !stream.outgoingEnded else { return }
        queuedBytes -= stream.dropUnbegun()
    }

    /// Ends our side of a stream, after all queued bytes, with or without trailers.
    package func finish(_ stream: HTTP2Stream, trailers: HeaderBlock? = nil) {
        guard !isClosed, !stream.isClosed, !stream.outgoingEnded else { return }
        stream.outgoingEnded = true
        if stream.outgoingTrailers !== trailers { stream.outgoingTrailers = trailers }
        resume(stream)
    }

    /// Ends a stream at once. `code` as in RFC 9113 section 7.
    package func reset(_ stream: HTTP2Stream, _ code: UInt32) {
        guard !isClosed, !stream.isClosed else { return }
        dropOutgoing(stream)
        _ = unsafe nghttp2_submit_rst_stream(raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), stream.id, code)
    }

    /// Gives `count` bytes back to the peer's windows: they have been used.
    package func consume(_ stream: HTTP2Stream, _ count: Int) {
        guard !isClosed, !stream.isClosed, count > 0 else { return }
        let given = min(count, stream.unconsumed)
        stream.unconsumed -= given
        _ = unsafe nghttp2_session_consume(raw, stream.id, given)
    }

    /// Whether more than the high-water mark waits to be sent; if so the stream gets the news `drained` later.
    package func mustWait(_ stream: HTTP2Stream) -> Bool {
        guard stream.outgoingBytes > limits.outgoingHighWaterBytes else { return false }
        stream.wantsDrained = true
        return true
    }

    /// Announces that no new stream will be taken (RFC 9113 section 6.8, first of two GOAWAY frames).
    package func announceShutdown() {
        guard !isClosed, !isTerminating else { return }
        _ = unsafe nghttp2_submit_shutdown_notice(raw)
    }

    /// Refuses new streams from here on and lets the open ones end.
    package func refuseNewStreams() {
        guard !isClosed, !isTerminating else { return }
        let last = unsafe nghttp2_session_get_last_proc_stream_id(raw)
        _ = unsafe nghttp2_submit_goaway(raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, UInt32(NGHTTP2_NO_ERROR.rawValue), nil, 0)
    }

    /// Asks whether the peer is there. Any byte from it is an answer.
    package func ping(now: UInt64) {
        guard !isClosed, pingSent == nil else { return }
        pingSent = now
        _ = unsafe nghttp2_submit_ping(raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), nil)
    }

    private func resume(_ stream: HTTP2Stream) {
        guard stream.isDeferred else { return }
        stream.isDeferred = false
        _ = unsafe nghttp2_session_resume_data(raw, stream.id)
    }

    private func withProvider<Result>(_ stream: HTTP2Stream, _ end: Bool, _ body: (UnsafePointer<nghttp2_data_provider>?) -> Result) -> Result {
        guard !end else { return body(nil) }
        let source = unsafe nghttp2_data_source(ptr: Unmanaged.passUnretained(stream).toOpaque())
        var provider = unsafe nghttp2_data_provider(source: source, read_callback: Nghttp2.readOutgoing)
        // nghttp2 copies the provider.
        return unsafe withUnsafePointer(to: &provider) { unsafe body($0) }
    }
}
