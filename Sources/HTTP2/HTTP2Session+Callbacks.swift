import CNghttp2

/// What nghttp2 tells, turned into the state of streams. Called during `receive` and `pull` only.
extension HTTP2Session {
    /// Calls `body` with the stream, without counting a reference to it: `body` may end the stream, but not see to its news. Nil where there is none.
    @inline(__always)
    func withStream<Result>(_ id: Int32, _ body: (HTTP2Stream) -> Result) -> Result? {
        guard let held = unsafe held(id) else { return nil }
        // `streams` holds it until nghttp2 tells of its close, and then `touched`.
        return unsafe held._withUnsafeGuaranteedRef(body)
    }

    private func held(_ id: Int32) -> Unmanaged<HTTP2Stream>? {
        if let recent, unsafe recent.id == id { return unsafe recent.stream }
        // The pointer was set by `headersBegin` or `request`; the stream is held in `streams` as long as nghttp2 knows it.
        guard let held = unsafe nghttp2_session_get_stream_user_data(raw, id) else { return nil }
        let stream = unsafe Unmanaged<HTTP2Stream>.fromOpaque(held)
        recent = unsafe (id, stream)
        return unsafe stream
    }

    func frameBegins(type: UInt8, length: Int, flags: UInt8) {
        // Whether a HEADERS frame is for a stream that lives is not known yet: see `headersBegin`.
        guard type != NGHTTP2_HEADERS.rawValue else { return }
        countedFrames += 1
        switch UInt32(type) {
        case NGHTTP2_DATA.rawValue where length > 0 || flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0:
            budget.earn(1 + length / 1024)
        default:
            if !budget.spend() { calm() }
        }
    }

    func headersBegin(_ id: Int32, isRequest: Bool) {
        incoming.removeAll()
        headersSince = now
        countedFrames += 1
        budget.earn(4)
        guard isRequest, role == .server else { return }
        let stream = makeStream(id)
        // Held by `streams` from here until nghttp2 tells of the close.
        let held = unsafe Unmanaged.passUnretained(stream)
        opened(consume stream)
        unsafe nghttp2_session_set_stream_user_data(raw, id, held.toOpaque())
        recent = unsafe (id, held)
    }

    /// False when the list is longer than its bound.
    func header(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Bool {
        guard incoming.listBytes + name.count + value.count + 32 <= limits.maxHeaderListBytes else {
            headersSince = nil
            return false
        }
        unsafe incoming.append(name: name, value: value)
        return true
    }

    func received(_ frame: UnsafePointer<nghttp2_frame>) {
        let header = unsafe frame.pointee.hd
        switch UInt32(header.type) {
        case NGHTTP2_HEADERS.rawValue:
            headersSince = nil
            withStream(header.stream_id) { headersEnded($0, ends: header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0) }
        case NGHTTP2_DATA.rawValue where header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0:
            withStream(header.stream_id) { touch($0, .end) }
        case NGHTTP2_SETTINGS.rawValue where header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) == 0:
            hasPeerSettings = true
            encoderIsSettled = false
        case NGHTTP2_WINDOW_UPDATE.rawValue:
            // Room for more counts as progress of the reader only once bytes are taken; see `sent`.
            break
        case NGHTTP2_GOAWAY.rawValue:
            goAwayCode = unsafe frame.pointee.goaway.error_code
        default: break
        }
    }

    private func headersEnded(_ stream: HTTP2Stream, ends: Bool) {
        stream.receivedAt = now
        if stream.hasFinalFields {
            swap(&stream.trailers, &incoming)
        } else {
            // A response with status 1xx is not the final one.
            let isInterim = role == .client && (incoming.value(":status") { $0.first == UInt8(ascii: "1") } ?? false)
            if isInterim, !ends { return }
            swap(&stream.fields, &incoming)
            stream.hasFinalFields = true
            touch(stream, .headers)
        }
        if ends { touch(stream, .end) }
    }

    func data(_ id: Int32, _ bytes: UnsafeBufferPointer<UInt8>) {
        let isKnown: Void? = withStream(id) { stream in
            stream.receivedAt = now
            stream.unconsumed += bytes.count
            unsafe stream.received.append(contentsOf: bytes)
            touch(stream, .data)
        }
        if isKnown == nil { _ = unsafe nghttp2_session_consume_connection(raw, bytes.count) }
    }

    func sent(_ stream: HTTP2Stream, _ count: Int) {
        guard count > 0 else { return }
        queuedBytes -= count
        stream.sentSinceProgress += count
        if stream.outgoingBytes == 0 || stream.sentSinceProgress >= limits.outgoingProgressBytes {
            stream.sentAt = now
            stream.sentSinceProgress = 0
        }
        if stream.wantsDrained, stream.outgoingBytes <= limits.outgoingLowWaterBytes {
            stream.wantsDrained = false
            touch(stream, .drained)
        }
    }

    /// Whether all that is left of a stream, its trailers too, can be written at once by `writeEnd`: that spares nghttp2 a frame of its own for
    /// trailers that are always the same. `window` is how many bytes of a body the peer takes now.
    func mayWriteEnd(of stream: HTTP2Stream, window: Int) -> Bool {
        guard encoderIsSettled, stream.outgoingEnded, stream.outgoingBytes > 0, stream.outgoingBytes <= window else { return false }
        guard case let literalBytes = unsafe trailerLiterals(stream).count, literalBytes > 0 else { return false }
        return 2 * FrameScanner.frameHeaderBytes + stream.outgoingBytes + literalBytes <= collecting.count
    }

    /// The trailers' bytes, which live as long as the program; empty where nghttp2 must encode them.
    private func trailerLiterals(_ stream: HTTP2Stream) -> UnsafeRawBufferPointer {
        unsafe stream.outgoingTrailers?.literals ?? UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// Writes the last DATA frame, with nghttp2's `header` of nine bytes, and the trailers after it, which end the stream in its stead.
    func writeEnd(of stream: HTTP2Stream, header: UnsafePointer<UInt8>, count: Int) {
        let literals = unsafe trailerLiterals(stream)
        let headerBytes = FrameScanner.frameHeaderBytes
        let endsAt = headerBytes + count
        guard let from = literals.baseAddress, let room = collecting.baseAddress, literals.count <= 255,
            endsAt + headerBytes + literals.count <= collecting.count
        else { preconditionFailure("mayWriteEnd has found trailers and room for both frames, and nothing has been written since") }
        // Invariant: the room was measured on the lines above.
        unsafe room.copyMemory(from: header, byteCount: headerBytes)
        unsafe room.storeBytes(of: header[4] & ~UInt8(NGHTTP2_FLAG_END_STREAM.rawValue), toByteOffset: 4, as: UInt8.self)
        let body = unsafe UnsafeMutableRawBufferPointer(rebasing: collecting[headerBytes..<endsAt])
        let written = unsafe body.withMemoryRebound(to: UInt8.self) { unsafe stream.fill($0) }
        precondition(written == count, "nghttp2 was promised all that waits")
        sent(stream, count)
        // RFC 9113 section 4.1: length, type, flags, and the stream, which is the same as above.
        unsafe (room + endsAt).copyMemory(from: header, byteCount: headerBytes)
        unsafe room.storeBytes(of: 0, toByteOffset: endsAt, as: UInt16.self)
        unsafe room.storeBytes(of: UInt8(literals.count), toByteOffset: endsAt + 2, as: UInt8.self)
        unsafe room.storeBytes(of: UInt8(NGHTTP2_HEADERS.rawValue), toByteOffset: endsAt + 3, as: UInt8.self)
        let flags = UInt8(NGHTTP2_FLAG_END_HEADERS.rawValue | NGHTTP2_FLAG_END_STREAM.rawValue)
        unsafe room.storeBytes(of: flags, toByteOffset: endsAt + 4, as: UInt8.self)
        unsafe (room + endsAt + headerBytes).copyMemory(from: from, byteCount: literals.count)
        unsafe collecting = UnsafeMutableRawBufferPointer(rebasing: collecting[(endsAt + headerBytes + literals.count)...])
    }

    func frameSent(_ header: nghttp2_frame_hd) {
        switch UInt32(header.type) {
        case NGHTTP2_RST_STREAM.rawValue:
            if !sentResets.record(now) { calm() }
        case NGHTTP2_HEADERS.rawValue, NGHTTP2_DATA.rawValue:
            // Whoever takes a long answer tells of its window and measures the way (WINDOW_UPDATE, PING) all the time.
            if header.type == NGHTTP2_HEADERS.rawValue { encoderIsSettled = true } else { budget.earn(header.length / 1024) }
            guard role == .server, header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0 else { return }
            // Answered before the request has ended: tell the peer to stop sending (RFC 9113 section 8.1).
            guard unsafe nghttp2_session_get_stream_remote_close(raw, header.stream_id) == 0 else { return }
            _ = unsafe nghttp2_submit_rst_stream(raw, UInt8(NGHTTP2_FLAG_NONE.rawValue), header.stream_id, UInt32(NGHTTP2_NO_ERROR.rawValue))
        default: break
        }
    }

    func headersNotSent(_ id: Int32) {
        // A request that never left has no stream in nghttp2, so that its close is not told.
        guard role == .client, let stream = streams.first(where: { $0.id == id }) else { return }
        ended(stream, code: UInt32(NGHTTP2_REFUSED_STREAM.rawValue))
    }
}
