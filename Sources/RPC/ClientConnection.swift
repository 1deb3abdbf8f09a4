import HTTP2
import NIOCore
import TLS

/// A client's side of one connection.
///
/// Safety: all mutable state is touched on `eventLoop` only; `authority` and `handshake` are constants.
final class ClientConnection: HTTP2Application, @unchecked Sendable {
    let eventLoop: any EventLoop
    let authority: String
    /// Done when the TLS handshake is; fails when the connection ends before.
    let handshake: EventLoopPromise<Void>
    private(set) var handler: HTTP2ChannelHandler?
    private(set) var failure: (any Error)?
    private var isOpen = false
    private var isProcessing = false
    private var tick: RepeatedTask?

    init(_ eventLoop: any EventLoop, authority: String) {
        self.eventLoop = eventLoop
        self.authority = authority
        handshake = eventLoop.makePromise()
    }

    var session: HTTP2Session? { handler?.session }

    func connected(_ connection: HTTP2ChannelHandler) {
        handler = connection
        tick = eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { [weak self] _ in
            self?.handler?.tick(NIODeadline.now().uptimeNanoseconds)
        }
    }

    func pipelineEvent(_ event: Any) {
        guard event is TLSHandshakeCompleted else { return }
        isOpen = true
        handshake.succeed()
    }

    func process(_ streams: [HTTP2Stream]) {
        isProcessing = true
        defer { isProcessing = false }
        for stream in streams {
            let news = stream.takeNews()
            // `ClientCall.start` is the only place that sets an owner on a client's stream.
            guard let owner = stream.owner else { continue }
            unsafe unsafeDowncast(owner, to: ClientCall.self).advance(news)
            if news.contains(.closed) { stream.owner = nil }
        }
    }

    func disconnected(_ error: (any Error)?) {
        failure = error
        handler = nil
        tick?.cancel()
        tick = nil
        handshake.fail(lost)
    }

    /// Sends what has been queued, now or at the end of the current event.
    func flush() {
        if !isProcessing { handler?.flushOutput() }
    }

    /// Why no call can be made any more. What TLS found is marked as such: to look at the network would be of no use.
    var lost: RPCStatus {
        let failure = failure ?? handler?.failure
        let reason = failure.map { ": \(NetworkWords.text($0))" } ?? ""
        let details: [RPCDetail] = failure is TLSError ? [.errorInfo(reason: RPCStatus.tlsFailed, domain: "tls", metadata: [:])] : []
        return RPCStatus(.unavailable, isOpen ? "the connection to \(authority) was lost\(reason)" : "cannot connect to \(authority)\(reason)", details: details)
    }
}

extension RPCStatus {
    /// The reason of the ErrorInfo of a connection that TLS refused, on this side or the other.
    package static let tlsFailed = "TLS_FAILED"
}
