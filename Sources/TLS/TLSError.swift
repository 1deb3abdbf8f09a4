/// Why a TLS context could not be made, or a connection not be kept.
package enum TLSError: Error, Equatable, Sendable {
    /// A PEM file could not be read. `path` is the file, `reason` the system's text.
    case unreadableFile(path: String, reason: String)
    /// A file is longer than a certificate or key file may be.
    case fileTooLong(path: String, maxBytes: Int)
    /// The named part of the configuration ("certificate chain", "private key", "trusted roots") holds no usable PEM block.
    case badPEM(part: String, source: String)
    /// The private key does not belong to the first certificate of the chain.
    case keyDoesNotMatchCertificate
    /// OpenSSL refused a setting; `setting` is its name.
    case refusedSetting(setting: String)
    /// A setting, read back after configuration, has another value than the one set.
    case settingNotInForce(setting: String)
    /// The handshake failed. `reason` is OpenSSL's text and holds no bytes of the peer's.
    case handshakeFailed(reason: String)
    /// The handshake took longer than the limit.
    case handshakeTimedOut
    /// The peer offered no application protocol, and one is required.
    case noApplicationProtocol
    /// A record could not be read or written after the handshake.
    case broken(reason: String)
    /// The peer sent more messages of the handshake protocol after the handshake than the limit allows.
    case tooManyPostHandshakeMessages
    /// More plain bytes were written before the handshake ended than the limit allows.
    case tooMuchBeforeHandshake
}
