import COpenSSL

/// Owns one `SSL_CTX` and the memory that its callbacks point to.
///
/// Safety: `context` is written to during `init` of the owner only; afterwards OpenSSL itself guards its reference count and
/// caches with locks, so that it may be shared between event loops. Freed once, when the last owner is gone; each `SSL` made from it holds
/// a reference of its own to the `SSL_CTX`, and each `TLSSession` one to this object, so the protocol list outlives every callback.
@safe final class ContextHandle: @unchecked Sendable {
    let context: OpaquePointer
    /// Wire form of the protocol list: one length byte before each name.
    private let protocolList: UnsafeMutableBufferPointer<UInt8>

    init(server: Bool, versions: TLSVersions, applicationProtocols: [String], limits: TLSLimits) throws(TLSError) {
        OpenSSLErrors.clear()
        // TLS_server_method and TLS_client_method return constants of the library.
        guard let made = unsafe SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()) else {
            throw .refusedSetting(setting: "SSL_CTX_new")
        }
        unsafe context = made
        let wire = applicationProtocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        unsafe protocolList = .allocate(capacity: max(wire.count, 1))
        _ = unsafe protocolList.initialize(from: wire)
        unsafe SSL_CTX_set_options(context, concordat_ssl_hardening_options())
        unsafe concordat_ssl_ctx_set_modes(context)
        try harden(versions: versions, limits: limits)
        try setProtocols(wire, server: server)
    }

    deinit {
        unsafe SSL_CTX_free(context)
        unsafe protocolList.deallocate()
    }

    /// Settings that server and client share. Runs in `init` alone.
    private func harden(versions: TLSVersions, limits: TLSLimits) throws(TLSError) {
        let minimum = versions == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
        // `context` is valid for the life of this object, here and in all that follows.
        guard unsafe concordat_ssl_ctx_set_protocols(context, Int32(minimum), Int32(TLS1_3_VERSION)) == 1 else {
            throw .refusedSetting(setting: "protocol versions")
        }
        guard unsafe SSL_CTX_set_num_tickets(context, 0) == 1 else { throw .refusedSetting(setting: "session tickets") }
        guard unsafe SSL_CTX_set_max_early_data(context, 0) == 1, unsafe SSL_CTX_set_recv_max_early_data(context, 0) == 1 else {
            throw .refusedSetting(setting: "early data")
        }
        guard unsafe SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!PSK") == 1 else {
            throw .refusedSetting(setting: "TLS 1.2 cipher suites")
        }
        guard unsafe concordat_ssl_ctx_set_groups(context, "X25519:P-256:P-384") == 1 else { throw .refusedSetting(setting: "groups") }
        unsafe concordat_ssl_ctx_session_cache_off(context)
        unsafe SSL_CTX_set_security_level(context, 2)
        unsafe SSL_CTX_set_verify_depth(context, Int32(limits.maxVerifyDepth))
        unsafe concordat_ssl_ctx_set_max_cert_list(context, limits.maxCertificateListBytes)
        // The callback is a function without state; it finds its session through the `SSL`.
        unsafe SSL_CTX_set_info_callback(context, countPostHandshakeMessage)
        // An encrypted key would make OpenSSL ask on the terminal; this answers "no password" instead.
        unsafe SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in -1 }
    }

    private func setProtocols(_ wire: [UInt8], server: Bool) throws(TLSError) {
        guard !wire.isEmpty else { return }
        guard server else {
            // Zero means success for this one call.
            guard unsafe SSL_CTX_set_alpn_protos(context, wire, UInt32(wire.count)) == 0 else {
                throw .refusedSetting(setting: "application protocols")
            }
            return
        }
        // The callback reads this object through a pointer that is valid as long as a session exists (see the type).
        unsafe SSL_CTX_set_alpn_select_cb(context, selectProtocol, Unmanaged.passUnretained(self).toOpaque())
    }

    fileprivate func select(
        _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>, _ length: UnsafeMutablePointer<UInt8>, offered: UnsafePointer<UInt8>, _ count: UInt32
    ) -> Int32 {
        var out: UnsafeMutablePointer<UInt8>? = nil
        // Both lists are valid for the call; `out` points into one of them, and OpenSSL copies it on return.
        let verdict = unsafe SSL_select_next_proto(
            &out, length, UnsafePointer(protocolList.baseAddress), UInt32(protocolList.count), offered, count)
        guard verdict == OPENSSL_NPN_NEGOTIATED, let out = unsafe out else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        unsafe chosen.pointee = UnsafePointer(out)
        return SSL_TLSEXT_ERR_OK
    }
}

// OpenSSL calls this during a handshake, with the `ContextHandle` that owns the context as its argument.
private let selectProtocol: SSL_CTX_alpn_select_cb_func = { _, chosen, length, offered, count, argument in
    // All four pointers are valid during the call; `argument` is the handle set by `setProtocols`, which outlives the context's sessions.
    guard let argument = unsafe argument, let chosen = unsafe chosen, let length = unsafe length, let offered = unsafe offered else {
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
    // The handle is alive: each session holds it.
    return unsafe Unmanaged<ContextHandle>.fromOpaque(argument).takeUnretainedValue().select(chosen, length, offered: offered, count)
}
