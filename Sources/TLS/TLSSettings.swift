import COpenSSL

/// The safety settings of a context as OpenSSL reports them after configuration.
package struct TLSSettings: Equatable, Sendable {
    /// `0x0303` is TLS 1.2, `0x0304` TLS 1.3.
    package let minimumVersion: Int
    package let maximumVersion: Int
    package let ticketsPerHandshake: Int
    package let maxEarlyDataBytes: Int
    package let sessionCacheIsOff: Bool
    /// No tickets, no renegotiation, no compression.
    package let optionsAreSet: Bool
    package let securityLevel: Int
    package let verifyDepth: Int
    package let maxCertificateListBytes: Int
    package let peerMustShowCertificate: Bool
    package let peerCertificateIsVerified: Bool
    /// `TLSLimits.maxPostHandshakeMessages` is watched.
    package let postHandshakeMessagesAreCounted: Bool
}

extension ContextHandle {
    func settings() -> TLSSettings {
        // Read-only calls on a context that lives as long as this object.
        let wanted = concordat_ssl_hardening_options()
        let mode = unsafe SSL_CTX_get_verify_mode(context)
        return TLSSettings(
            minimumVersion: Int(unsafe concordat_ssl_ctx_min_protocol(context)),
            maximumVersion: Int(unsafe concordat_ssl_ctx_max_protocol(context)),
            ticketsPerHandshake: unsafe SSL_CTX_get_num_tickets(context),
            maxEarlyDataBytes: Int(unsafe SSL_CTX_get_max_early_data(context)) + Int(unsafe SSL_CTX_get_recv_max_early_data(context)),
            sessionCacheIsOff: unsafe concordat_ssl_ctx_session_cache_mode(context) == SSL_SESS_CACHE_OFF,
            optionsAreSet: unsafe SSL_CTX_get_options(context) & wanted == wanted,
            securityLevel: Int(unsafe SSL_CTX_get_security_level(context)),
            verifyDepth: Int(unsafe SSL_CTX_get_verify_depth(context)),
            maxCertificateListBytes: unsafe concordat_ssl_ctx_max_cert_list(context),
            peerMustShowCertificate: mode & SSL_VERIFY_FAIL_IF_NO_PEER_CERT != 0,
            peerCertificateIsVerified: mode & SSL_VERIFY_PEER != 0,
            postHandshakeMessagesAreCounted: unsafe SSL_CTX_get_info_callback(context) != nil)
    }

    /// Compares what is in force with what was asked for.
    func verifiedSettings(_ versions: TLSVersions, _ limits: TLSLimits, verifies: Bool, demands: Bool) throws(TLSError) -> TLSSettings {
        let found = settings()
        let minimum = versions == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
        guard found.minimumVersion == Int(minimum) else { throw .settingNotInForce(setting: "minimum version") }
        guard found.maximumVersion == Int(TLS1_3_VERSION) else { throw .settingNotInForce(setting: "maximum version") }
        guard found.ticketsPerHandshake == 0 else { throw .settingNotInForce(setting: "session tickets") }
        guard found.maxEarlyDataBytes == 0 else { throw .settingNotInForce(setting: "early data") }
        guard found.sessionCacheIsOff else { throw .settingNotInForce(setting: "session cache") }
        guard found.optionsAreSet else { throw .settingNotInForce(setting: "options") }
        guard found.securityLevel >= 2 else { throw .settingNotInForce(setting: "security level") }
        guard found.verifyDepth == limits.maxVerifyDepth else { throw .settingNotInForce(setting: "verify depth") }
        guard found.maxCertificateListBytes == limits.maxCertificateListBytes else { throw .settingNotInForce(setting: "certificate list size") }
        guard found.peerCertificateIsVerified == verifies else { throw .settingNotInForce(setting: "peer verification") }
        guard found.peerMustShowCertificate == demands else { throw .settingNotInForce(setting: "client certificate demand") }
        guard found.postHandshakeMessagesAreCounted else { throw .settingNotInForce(setting: "count of messages after the handshake") }
        return found
    }
}
