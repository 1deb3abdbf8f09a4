import COpenSSL

/// The calling thread's OpenSSL error queue.
enum OpenSSLErrors {
    /// Empties the queue, so that an older error is not taken for the next call's.
    static func clear() {
        ERR_clear_error()
    }

    /// The reason of the oldest error, and empties the queue.
    static func drain() -> String {
        let code = ERR_get_error()
        defer { ERR_clear_error() }
        guard code != 0 else { return "no reason given" }
        // The text is a constant of the library or nil; it is copied at once.
        guard let text = unsafe ERR_reason_error_string(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }

    /// The alert with which the peer ended the connection, where the oldest error is one; the queue stays as it is.
    static func alert() -> TLSAlert? {
        let code = ERR_peek_error()
        guard code != 0, ERR_GET_LIB(code) == ERR_LIB_SSL else { return nil }
        // OpenSSL reports the alerts of a peer as reasons from this number on (SSL_alert_desc_string in its sources).
        let alert = ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET
        return UInt8(exactly: alert).map { TLSAlert(code: $0) }
    }
}
