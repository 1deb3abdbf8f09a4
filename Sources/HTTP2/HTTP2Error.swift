/// Why an HTTP/2 session cannot go on.
package enum HTTP2Error: Error, Equatable, Sendable {
    /// nghttp2 refused to make a session: memory is exhausted.
    case noSession
    /// The peer broke the protocol beyond an orderly end. `reason` is nghttp2's text.
    case protocolViolation(reason: String)
    /// The connection has ended; nothing can be sent on it.
    case closed
    /// The peer did not do `what` within its time.
    case tooSlow(what: String)

    /// The same for people.
    package var words: String {
        switch self {
        case .noSession: "this machine has no memory left for a connection"
        case .protocolViolation(let reason): "the other side does not keep to HTTP/2 (\(reason))"
        case .closed: "the connection was closed"
        case .tooSlow(let what): "the other side took too long (\(what))"
        }
    }
}
