import CNghttp2

/// The callbacks that connect nghttp2 to `HTTP2Session`.
///
/// Safety: nghttp2 calls these only while a method of the session named by `user` runs; all pointers are valid during the call.
enum Nghttp2 {
    // Made once, only read afterwards; nghttp2 copies it into each session.
    nonisolated(unsafe) private static let callbacks: OpaquePointer? = unsafe makeCallbacks()

    static func session(_ role: HTTP2Session.Role, _ limits: HTTP2Limits) -> OpaquePointer? {
        var option: OpaquePointer? = nil
        var session: OpaquePointer? = nil
        guard unsafe nghttp2_option_new(&option) == 0 else { return nil }
        defer { unsafe nghttp2_option_del(option) }
        unsafe nghttp2_option_set_no_auto_window_update(option, 1)
        unsafe nghttp2_option_set_max_outbound_ack(option, limits.maxQueuedAcknowledgements)
        unsafe nghttp2_option_set_max_settings(option, limits.maxSettings)
        unsafe nghttp2_option_set_stream_reset_rate_limit(option, limits.resetBurst, limits.resetsPerSecond)
        unsafe nghttp2_option_set_max_continuations(option, limits.maxContinuations)
        unsafe nghttp2_option_set_no_closed_streams(option, 1)
        // Frames of unknown types are told of, so that they count; their content is dropped.
        for type in UInt8(0x0B)...UInt8.max { unsafe nghttp2_option_set_user_recv_extension_type(option, type) }
        let result =
            switch role {
            case .server: unsafe nghttp2_session_server_new2(&session, callbacks, nil, option)
            case .client: unsafe nghttp2_session_client_new2(&session, callbacks, nil, option)
            }
        return unsafe result == 0 ? session : nil
    }

    static func text(_ code: Int32) -> String {
        // A constant of the library.
        unsafe String(cString: nghttp2_strerror(code))
    }

    private static func makeCallbacks() -> OpaquePointer? {
        var made: OpaquePointer? = nil
        guard unsafe nghttp2_session_callbacks_new(&made) == 0 else { return nil }
        unsafe nghttp2_session_callbacks_set_on_begin_frame_callback(made) { _, header, user in
            guard let header = unsafe header, let user = unsafe user else { return 0 }
            unsafe owner(user) { unsafe $0.frameBegins(type: header.pointee.type, length: header.pointee.length, flags: header.pointee.flags) }
            return 0
        }
        unsafe nghttp2_session_callbacks_set_unpack_extension_callback(made) { _, _, _, _ in NGHTTP2_ERR_CANCEL.rawValue }
        unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(made) { _, frame, user in
            guard let frame = unsafe frame, let user = unsafe user else { return 0 }
            unsafe owner(user) { unsafe $0.headersBegin(frame.pointee.hd.stream_id, isRequest: frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST) }
            return 0
        }
        unsafe nghttp2_session_callbacks_set_on_header_callback(made) { _, _, name, nameCount, value, valueCount, _, user in
            guard let user = unsafe user else { return 0 }
            let accepted = unsafe owner(user) {
                unsafe $0.header(UnsafeBufferPointer(start: name, count: nameCount), UnsafeBufferPointer(start: value, count: valueCount))
            }
            return accepted ? 0 : NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
        }
        unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(made) { _, frame, user in
            guard let frame = unsafe frame, let user = unsafe user else { return 0 }
            unsafe owner(user) { unsafe $0.received(frame) }
            return 0
        }
        unsafe nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made) { _, _, _, user in
            guard let user = unsafe user else { return 0 }
            unsafe owner(user) { $0.headersSince = nil }
            return 0
        }
        unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made) { _, _, stream, bytes, count, user in
            guard let user = unsafe user else { return 0 }
            unsafe owner(user) { unsafe $0.data(stream, UnsafeBufferPointer(start: bytes, count: count)) }
            return 0
        }
        unsafe nghttp2_session_callbacks_set_on_stream_close_callback(made) { _, stream, code, user in
            guard let user = unsafe user else { return 0 }
            unsafe owner(user) { session in
                _ = session.withStream(stream) { session.ended($0, code: code) }
            }
            return 0
        }
        unsafe nghttp2_session_callbacks_set_on_frame_send_callback(made) { _, frame, user in
            guard let frame = unsafe frame, let user = unsafe user else { return 0 }
            unsafe owner(user) { unsafe $0.frameSent(frame.pointee.hd) }
            return 0
        }
        unsafe nghttp2_session_callbacks_set_on_frame_not_send_callback(made) { _, frame, _, user in
            guard let frame = unsafe frame, let user = unsafe user else { return 0 }
            guard unsafe frame.pointee.hd.type == NGHTTP2_HEADERS.rawValue else { return 0 }
            unsafe owner(user) { unsafe $0.headersNotSent(frame.pointee.hd.stream_id) }
            return 0
        }
        unsafe nghttp2_session_callbacks_set_send_data_callback(made, sendEnd)
        return unsafe made
    }

    /// Called after `readOutgoing` has chosen so, with nothing between.
    private static let sendEnd: nghttp2_send_data_callback = { _, _, header, count, source, user in
        guard let header = unsafe header, let user = unsafe user, let held = unsafe source?.pointee.ptr else {
            return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
        }
        unsafe owner(user) { session in
            // Held by the session, as above.
            unsafe Unmanaged<HTTP2Stream>.fromOpaque(held)._withUnsafeGuaranteedRef { unsafe session.writeEnd(of: $0, header: header, count: count) }
        }
        return 0
    }

    /// Copies a stream's waiting bytes into a DATA frame; defers when there are none yet; adds the trailers after the last. An end that fits is
    /// written by `sendEnd`.
    static let readOutgoing: nghttp2_data_source_read_callback = { raw, id, room, count, flags, source, user in
        guard let room = unsafe room, let flags = unsafe flags, let user = unsafe user, let held = unsafe source?.pointee.ptr else {
            return Int(NGHTTP2_ERR_CALLBACK_FAILURE.rawValue)
        }
        return unsafe owner(user) { session in
            // The session holds the stream until nghttp2 has closed it.
            unsafe Unmanaged<HTTP2Stream>.fromOpaque(held)._withUnsafeGuaranteedRef { stream in
                if session.mayWriteEnd(of: stream, window: count) {
                    unsafe flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue | NGHTTP2_DATA_FLAG_NO_COPY.rawValue
                    return stream.outgoingBytes
                }
                return unsafe read(stream, of: session, into: UnsafeMutableBufferPointer(start: room, count: count), flags)
            }
        }
    }

    private static func read(
        _ stream: HTTP2Stream, of session: HTTP2Session, into room: UnsafeMutableBufferPointer<UInt8>, _ flags: UnsafeMutablePointer<UInt32>
    ) -> Int {
        let written = unsafe stream.fill(room)
        session.sent(stream, written)
        if stream.outgoingBytes == 0, stream.outgoingEnded {
            unsafe flags.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
            if let trailers = stream.outgoingTrailers {
                unsafe flags.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
                let result = unsafe trailers.withEntries { unsafe nghttp2_submit_trailer(session.raw, stream.id, $0, $1) }
                guard result == 0 else { return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue) }
            }
            return written
        }
        guard written == 0 else { return written }
        stream.isDeferred = true
        return Int(NGHTTP2_ERR_DEFERRED.rawValue)
    }
}

@inline(__always)
private func owner<Result>(_ user: UnsafeMutableRawPointer, _ body: (HTTP2Session) -> Result) -> Result {
    // `user` is the session that set itself as nghttp2's user data; it is alive, for one of its methods is running: no reference is counted.
    unsafe Unmanaged<HTTP2Session>.fromOpaque(user)._withUnsafeGuaranteedRef { body($0) }
}
