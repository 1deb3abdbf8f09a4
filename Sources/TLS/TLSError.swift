/// Why a TLS context could not be made, or a connection not be kept.
package enum TLSError: Error, Equatable, Sendable {
    /// A PEM file could not be read. `path` is the file, `reason` the system's text.
    case unreadableFile(path: String, reason: String)
    /// A file is longer than a certificate or key file may be.
    case fileTooLong(path: String, maxBytes: Int)
    /// The named part of the configuration ("certificate chain", "private key", "trusted roots") holds no usable PEM block.
    case badPEM(part: String, source: String)
    /// The private key does not belong to the first certificate of the chain. Both are named by file.
    case keyDoesNotMatchCertificate(key: String, certificate: String)
    /// OpenSSL refused a setting; `setting` is its name.
    case refusedSetting(setting: String)
    /// A setting, read back after configuration, has another value than the one set.
    case settingNotInForce(setting: String)
    /// The handshake failed. `reason` is OpenSSL's text and holds no bytes of the peer's.
    case handshakeFailed(reason: String)
    /// A client does not trust the server's certificate.
    case untrustedServer(ServerDoubt)
    /// To a client: the server ended the connection with an alert, in the handshake or after it. In TLS 1.3 a refused certificate of a client
    /// shows only when the client's handshake is done.
    case endedByServer(TLSAlert)
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

extension TLSError: CustomStringConvertible {
    /// The file or setting, what is wrong with it, and what to do.
    package var description: String {
        switch self {
        case .unreadableFile(let path, let reason): "\(path) cannot be read (\(reason)); check the path and the rights to the file"
        case .fileTooLong(let path, let maxBytes): "\(path) is longer than \(maxBytes) bytes, as no certificate or key is; give the right file"
        case .badPEM("private key", let source): "\(source) holds no private key that can be read; give a PEM file with one BEGIN PRIVATE KEY block, without a passphrase"
        case .badPEM(let part, let source): "\(source) holds no certificate that can be read as the \(part); give a PEM file with BEGIN CERTIFICATE blocks"
        case .keyDoesNotMatchCertificate(let key, let certificate): "\(key) is not the private key of the first certificate in \(certificate); give the two that belong together"
        case .refusedSetting(let setting): "OpenSSL refused a setting (\(setting))"
        case .settingNotInForce(let setting): "the setting \(setting) is not in force"
        case .handshakeFailed(let reason): "the TLS handshake failed (\(reason))"
        case .untrustedServer(let doubt): "\(doubt)"
        case .endedByServer(let alert): "\(alert)"
        case .handshakeTimedOut: "the TLS handshake took too long"
        case .noApplicationProtocol: "the other side does not offer HTTP/2"
        case .broken(let reason): "the TLS connection broke (\(reason))"
        case .tooManyPostHandshakeMessages: "the other side sent too many messages of the handshake protocol"
        case .tooMuchBeforeHandshake: "more was written than may wait for the TLS handshake"
        }
    }
}
