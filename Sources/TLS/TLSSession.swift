import COpenSSL
import Cryptography
import NIOCore

/// One TLS connection without I/O: ciphertext in, plaintext out, and the reverse.
///
/// Safety: confined to one event loop by the channel handler that owns it. `ssl` owns both BIOs and is freed once, in `deinit`, so a
/// re-entrant close cannot free it while a call runs on it: the caller's reference keeps it alive.
@safe final class TLSSession {
    enum Progress: Equatable {
        /// The handshake needs more bytes from the peer.
        case handshaking
        case established
        /// The peer has said that it will send no more.
        case closed
    }

    let ssl: OpaquePointer
    private var fromPeer: OpaquePointer
    private var toPeer: OpaquePointer
    private let owner: ContextHandle
    private let requiresProtocol: Bool
    private let maxPostHandshakeMessages: Int
    private(set) var progress = Progress.handshaking
    private var postHandshakeMessages = 0

    /// A server's side of a new connection.
    convenience init(_ context: TLSServerContext) throws(TLSError) {
        try self.init(context.handle, requiresProtocol: !context.configuration.applicationProtocols.isEmpty, context.configuration.limits)
        unsafe SSL_set_accept_state(ssl)
    }

    /// A client's side. `serverName` is sent as SNI and must be in the server's certificate (RFC 6125); a numeric address is checked as such.
    convenience init(_ context: TLSClientContext, serverName: String) throws(TLSError) {
        try self.init(context.handle, requiresProtocol: !context.configuration.applicationProtocols.isEmpty, context.configuration.limits)
        unsafe SSL_set_connect_state(ssl)
        let parameters = unsafe SSL_get0_param(ssl)
        if unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, serverName) == 1 { return }
        OpenSSLErrors.clear()
        unsafe SSL_set_hostflags(ssl, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        guard unsafe SSL_set1_host(ssl, serverName) == 1, unsafe concordat_ssl_set_server_name(ssl, serverName) == 1 else {
            throw .refusedSetting(setting: "server name")
        }
    }

    private init(_ handle: ContextHandle, requiresProtocol: Bool, _ limits: TLSLimits) throws(TLSError) {
        OpenSSLErrors.clear()
        guard let made = unsafe SSL_new(handle.context) else { throw .refusedSetting(setting: "SSL_new: \(OpenSSLErrors.drain())") }
        // Memory BIOs fail to be made only when memory is exhausted.
        guard let input = unsafe BIO_new(BIO_s_mem()), let output = unsafe BIO_new(BIO_s_mem()) else {
            unsafe SSL_free(made)
            throw .refusedSetting(setting: "BIO_new")
        }
        unsafe concordat_bio_empty_is_retry(input)
        unsafe concordat_bio_empty_is_retry(output)
        unsafe SSL_set_bio(made, input, output)
        unsafe ssl = made
        unsafe fromPeer = input
        unsafe toPeer = output
        owner = handle
        self.requiresProtocol = requiresProtocol
        maxPostHandshakeMessages = limits.maxPostHandshakeMessages
        // Not counted as a reference: this object frees `ssl` and outlives every call on it. Index 0 is the application's (SSL_set_ex_data(3)).
        guard unsafe SSL_set_ex_data(made, 0, Unmanaged.passUnretained(self).toOpaque()) == 1 else {
            throw .refusedSetting(setting: "SSL_set_ex_data")
        }
    }

    deinit {
        unsafe SSL_free(ssl)
    }

    /// Gives ciphertext to OpenSSL. The bytes are copied.
    func feed(_ ciphertext: ByteBuffer) {
        unsafe ciphertext.withUnsafeReadableBytes { bytes in
            guard bytes.count > 0 else { return }
            // A memory BIO takes everything or has no memory left.
            let taken = unsafe BIO_write(fromPeer, bytes.baseAddress, Int32(bytes.count))
            precondition(Int(taken) == bytes.count, "out of memory")
        }
    }

    /// Drives the handshake as far as the bytes at hand allow.
    func handshake() throws(TLSError) {
        guard progress == .handshaking else { return }
        OpenSSLErrors.clear()
        let result = unsafe SSL_do_handshake(ssl)
        if result == 1 {
            guard !requiresProtocol || !applicationProtocol.isEmpty else { throw .noApplicationProtocol }
            progress = .established
            return
        }
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return
        default: throw handshakeFault()
        }
    }

    /// Appends all plaintext at hand to `buffer`. Throws `tooManyPostHandshakeMessages` when the peer has sent one too many.
    func read(into buffer: inout ByteBuffer) throws(TLSError) {
        guard progress == .established else { return }
        OpenSSLErrors.clear()
        while true {
            var result: Int32 = 0
            // SSL_read writes at most as many bytes as the buffer has room for.
            unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 2048) { room in
                result = unsafe SSL_read(ssl, room.baseAddress, Int32(clamping: room.count))
                return max(0, Int(result))
            }
            if result > 0 { continue }
            guard postHandshakeMessages <= maxPostHandshakeMessages else { throw .tooManyPostHandshakeMessages }
            switch unsafe SSL_get_error(ssl, result) {
            case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return
            case SSL_ERROR_ZERO_RETURN:
                progress = .closed
                return
            default: throw breach()
            }
        }
    }

    /// A message of the handshake protocol has been taken after the handshake. Called by OpenSSL within `read`.
    ///
    /// Only these need a count of ours: OpenSSL itself ends a connection after 32 empty records or 5 warnings in a row (MAX_EMPTY_RECORDS and
    /// MAX_WARN_ALERT_COUNT in its record layer), and refuses every other message that a client may not send after the handshake.
    fileprivate func postHandshakeMessageArrived() {
        guard progress != .handshaking else { return }
        postHandshakeMessages += 1
        // What else has arrived is not worth the work: OpenSSL, which reads one record at a time, then finds nothing more to do.
        if postHandshakeMessages > maxPostHandshakeMessages { unsafe concordat_bio_reset(fromPeer) }
    }

    /// Encrypts `plaintext`, as many records as it takes.
    func write(_ plaintext: ByteBuffer) throws(TLSError) {
        OpenSSLErrors.clear()
        let failure: TLSError? = unsafe plaintext.withUnsafeReadableBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                // With partial writes one call takes one record.
                let taken = unsafe SSL_write(ssl, bytes.baseAddress.map { unsafe $0 + offset }, Int32(clamping: bytes.count - offset))
                guard taken > 0 else { return .broken(reason: OpenSSLErrors.drain()) }
                offset += Int(taken)
            }
            return nil
        }
        if let failure { throw failure }
    }

    /// Bytes that wait to be sent to the peer, nil when there are none.
    func takeCiphertext(_ allocator: ByteBufferAllocator) -> ByteBuffer? {
        let count = unsafe Int(concordat_bio_pending(toPeer))
        guard count > 0 else { return nil }
        var buffer = allocator.buffer(capacity: count)
        // Read and not reset: a reset clears all the memory that the longest answer so far has made the BIO take, at each later one.
        unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { room in
            max(0, Int(unsafe BIO_read(toPeer, room.baseAddress, Int32(clamping: count))))
        }
        return buffer
    }

    /// Gives back the memory of records that are not being read or written; OpenSSL takes new when it needs it. False where some is in use.
    @discardableResult
    func releaseBuffers() -> Bool {
        guard progress == .established, TLSSession.mayReleaseBuffers, unsafe SSL_free_buffers(ssl) == 1 else { return false }
        replaceLargeMemory()
        return true
    }

    /// A BIO keeps the memory of the longest flight that it ever held: one that is empty makes way for a fresh one.
    private func replaceLargeMemory() {
        if let fresh = unsafe freshInPlace(of: fromPeer) {
            unsafe SSL_set0_rbio(ssl, fresh)
            unsafe fromPeer = fresh
        }
        if let fresh = unsafe freshInPlace(of: toPeer) {
            unsafe SSL_set0_wbio(ssl, fresh)
            unsafe toPeer = fresh
        }
    }

    /// Nil where it holds something, or little memory, or there is no memory for another. `ssl` owns and frees the one that it takes the place of.
    private func freshInPlace(of bio: OpaquePointer) -> OpaquePointer? {
        guard unsafe concordat_bio_pending(bio) == 0, unsafe concordat_bio_capacity(bio) > TLSSession.smallMemory,
            let fresh = unsafe BIO_new(BIO_s_mem())
        else { return nil }
        unsafe concordat_bio_empty_is_retry(fresh)
        return unsafe fresh
    }

    /// Bytes of memory that both BIOs keep, whether they hold anything or not.
    var keptMemory: Int { unsafe Int(concordat_bio_capacity(fromPeer) + concordat_bio_capacity(toPeer)) }

    /// Bytes that a BIO may keep at rest.
    private static let smallMemory = 4_096

    /// Before these releases OpenSSL freed a buffer that was in use where half a record had come (CVE-2024-4741).
    static func mayReleaseBuffers(version: UInt) -> Bool {
        let (major, minor, patch) = (version >> 28, version >> 20 & 0xFF, version >> 4 & 0xFF)
        guard major == 3 else { return major > 3 }
        let fixedIn: [UInt: UInt] = [0: 14, 1: 6, 2: 2, 3: 1]
        return fixedIn[minor].map { patch >= $0 } ?? true
    }

    private static let mayReleaseBuffers = mayReleaseBuffers(version: UInt(OpenSSL_version_num()))

    /// Says goodbye to the peer (RFC 8446 section 6.1).
    func closeNotify() {
        guard progress != .handshaking else { return }
        OpenSSLErrors.clear()
        _ = unsafe SSL_shutdown(ssl)
        OpenSSLErrors.clear()
    }

    /// What the handshake proved. Call once, when it is done.
    func peer() -> TLSPeer {
        let leaf = peerLeaf()
        return TLSPeer(
            leafDER: leaf, thumbprint: leaf.map { Thumbprint(ofCertificate: $0) }, applicationProtocol: applicationProtocol,
            // Points into the session; copied at once.
            serverName: unsafe SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map { unsafe String(cString: $0) },
            // A constant of the library.
            version: unsafe String(cString: SSL_get_version(ssl)))
    }

    private var applicationProtocol: String {
        var start: UnsafePointer<UInt8>? = nil
        var count: UInt32 = 0
        // Points into the session; copied at once.
        unsafe SSL_get0_alpn_selected(ssl, &start, &count)
        guard let start = unsafe start else { return "" }
        return unsafe String(decoding: UnsafeBufferPointer(start: start, count: Int(count)), as: UTF8.self)
    }

    private func peerLeaf() -> [UInt8]? {
        // A borrowed certificate; its encoding is copied into an array.
        guard let certificate = unsafe SSL_get0_peer_certificate(ssl), unsafe SSL_get_verify_result(ssl) == Int(X509_V_OK) else { return nil }
        let count = unsafe Int(i2d_X509(certificate, nil))
        guard count > 0 else { return nil }
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { room, used in
            var position = room.baseAddress
            used = unsafe Int(i2d_X509(certificate, &position))
        }
    }

    /// Why the handshake failed. A server gets OpenSSL's words for its log, a client what its user can do something about.
    private func handshakeFault() -> TLSError {
        let verdict = unsafe SSL_get_verify_result(ssl)
        if let alert = alertOfServer() { return .endedByServer(alert) }
        let reason = OpenSSLErrors.drain()
        guard verdict != Int(X509_V_OK) else { return .handshakeFailed(reason: reason) }
        guard isServer else { return .untrustedServer(ServerDoubt(verdict: verdict)) }
        // A constant of the library.
        return .handshakeFailed(reason: reason + ": " + (unsafe String(cString: X509_verify_cert_error_string(verdict))))
    }

    /// Why the connection broke after the handshake.
    private func breach() -> TLSError {
        if let alert = alertOfServer() { return .endedByServer(alert) }
        return .broken(reason: OpenSSLErrors.drain())
    }

    private func alertOfServer() -> TLSAlert? {
        guard !isServer, let alert = OpenSSLErrors.alert() else { return nil }
        OpenSSLErrors.clear()
        return alert
    }

    private var isServer: Bool { unsafe SSL_is_server(ssl) == 1 }
}

/// OpenSSL calls this at the steps of a handshake, for messages of the handshake protocol after it, and for alerts; never for application data.
/// A received message is told of once in a state of its own; "finished" comes before it, and the two others are our answers to it.
let countPostHandshakeMessage: @convention(c) (OpaquePointer?, Int32, Int32) -> Void = { ssl, kind, _ in
    // `ssl` is valid during the call. Its data is the session that owns it, and one of whose methods is running.
    guard kind & SSL_CB_LOOP != 0, let session = unsafe SSL_get_ex_data(ssl, 0) else { return }
    switch unsafe SSL_get_state(ssl) {
    case TLS_ST_OK, TLS_ST_SW_KEY_UPDATE, TLS_ST_CW_KEY_UPDATE: return
    default:
        // Invariant: the session outlives its `SSL`, and put itself there.
        unsafe Unmanaged<TLSSession>.fromOpaque(session).takeUnretainedValue().postHandshakeMessageArrived()
    }
}
