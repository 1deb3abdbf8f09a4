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
}
