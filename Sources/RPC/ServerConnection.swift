import HTTP2
import NIOCore
import TLS

/// The gRPC and plain HTTP calls of one connection. Confined to its event loop.
///
/// Exclusivity: no access to a property spans a call-out, so that those used by every call need no check at run time.
///
/// Safety: `lastMethod` is one of `core`'s methods, which live as long as it does.
@safe final class ServerConnection: HTTP2Application {
    let core: ServerCore
    let loop: ServingLoop
    @safe @exclusivity(unchecked) private(set) var peer: RPCPeer
    @safe @exclusivity(unchecked) private(set) var handler: HTTP2ChannelHandler?
    var slot = -1
    @safe @exclusivity(unchecked) var isDirty = false
    /// What this connection's peer uses of the server. Nothing is held before the handshake has told who that is.
    @safe @exclusivity(unchecked) private(set) var share: PeerShare
    /// Bytes of unfinished messages.
    @safe @exclusivity(unchecked) var assemblingBytes = 0
    @safe @exclusivity(unchecked) private var held: HeldBytes
    @safe @exclusivity(unchecked) private var unsent: HeldBytes
    /// Handlers that have not returned, whether or not their call is still wanted.
    @safe @exclusivity(unchecked) var runningHandlers = 0
    @safe @exclusivity(unchecked) private var isProcessing = false
    @safe @exclusivity(unchecked) private var isDraining = false
    @safe @exclusivity(unchecked) private var lastMethod: Unmanaged<ServerCore.Entry>?
    @safe @exclusivity(unchecked) private var authority = Authority(serverName: nil)

    init(core: ServerCore, loop: ServingLoop, remoteAddress: String, remotePort: Int) {
        self.core = core
        self.loop = loop
        held = HeldBytes(step: core.limits.uncountedRequestBytes)
        unsent = HeldBytes(step: core.limits.uncountedUnsentBytes)
        peer = RPCPeer(thumbprint: nil, leafDER: nil, remoteAddress: remoteAddress, remotePort: remotePort)
        share = core.peers.share(of: PeerIdentity(peer))
    }

    // MARK: HTTP2Application

    func connected(_ connection: HTTP2ChannelHandler) {
        handler = connection
        loop.add(self)
    }

    func pipelineEvent(_ event: Any) {
        guard let done = event as? TLSHandshakeCompleted else { return }
        authority = Authority(serverName: done.peer.serverName)
        peer = RPCPeer(
            thumbprint: done.peer.thumbprint, leafDER: done.peer.leafDER, remoteAddress: peer.remoteAddress, remotePort: peer.remotePort)
        share = core.peers.share(of: PeerIdentity(peer))
    }

    func process(_ streams: [HTTP2Stream]) {
        isProcessing = true
        let session = session
        withExtendedLifetime(session) {
            let session = unsafe session.map { unsafe Unmanaged.passUnretained($0) }
            for index in streams.indices {
                // Held by `streams`, as the session is by this function: no references are counted.
                unsafe Unmanaged.passUnretained(streams[index])._withUnsafeGuaranteedRef { unsafe advance($0, of: session) }
            }
        }
        // Handlers that went on at once answer within this event's flush.
        loop.executor.runReady()
        isProcessing = false
        if isDraining { endIfDrained() }
    }

    func disconnected(_ error: (any Error)?) {
        handler = nil
        _ = unsent.add(-unsent.bytes, to: share.answers)
        loop.remove(self)
        core.release(peer.remoteAddress)
        if let error, let observer = core.connectionObserver {
            observer(ConnectionReport(remoteAddress: peer.remoteAddress, reason: String(describing: error)))
        }
    }

    // MARK: For the calls

    var session: HTTP2Session? { handler?.session }

    /// Counts bytes of requests that are held from now on, or no longer. False where the peer or the server has no room for them.
    func hold(_ change: Int) -> Bool { held.add(change, to: share.requests) }

    /// Whether a call may begin: not where so many answers wait to be taken that its own might find no room. What others do not take stops only
    /// those who do not take much themselves.
    func hasRoomForAnswers(_ session: HTTP2Session) -> Bool {
        countUnsent(session)
        guard session.unsentBytes <= core.limits.maxUnsentBytesPerConnection / 2, !share.answers.isHalfFull else { return false }
        return session.unsentBytes <= core.limits.uncountedUnsentBytes || !share.answers.isWholeHalfFull
    }

    /// Counts `count` bytes of an answer that is about to be queued. False, and they are not counted, where there is no room for them.
    func mayQueue(_ count: Int, _ session: HTTP2Session) -> Bool {
        countUnsent(session)
        guard session.unsentBytes + count <= core.limits.maxUnsentBytesPerConnection else { return false }
        if unsent.add(count, to: share.answers) { return true }
        _ = unsent.add(-count, to: share.answers)
        return false
    }

    /// What was sent since the last count is given back: here, and not when it is sent, because that costs every call something.
    private func countUnsent(_ session: HTTP2Session) {
        let change = session.unsentBytes - unsent.bytes
        if change < 0 { _ = unsent.add(change, to: share.answers) }
    }

    /// To be called after a command to the session outside `process`.
    func wantFlush() {
        if !isProcessing { loop.markDirty(self) }
    }

    func flush() {
        handler?.flushOutput()
    }

    // MARK: For the loop

    func tick(_ now: UInt64) {
        guard let handler else { return }
        countUnsent(handler.session)
        for stream in handler.session.streams { withOwner(of: stream) { $0.tick(now) } }
        handler.tick(now)
        if handler.restIfIdle(now) { handler.channel?.triggerUserOutboundEvent(TLSConnectionRests(), promise: nil) }
    }

    func announceDrain() {
        isDraining = true
        handler?.session.announceShutdown()
        loop.markDirty(self)
        loop.flushDirty()
    }

    func finishDrain() {
        handler?.session.refuseNewStreams()
        endIfDrained()
        loop.markDirty(self)
        loop.flushDirty()
    }

    func closeNow() {
        handler?.channel?.close(promise: nil)
    }

    private func endIfDrained() {
        guard let session = handler?.session, session.streams.isEmpty else { return }
        session.terminate(0)
        // The goodbye is written after what is being written now.
        loop.markDirty(self)
    }

    // MARK: Streams

    /// `session` is nil once the connection is gone.
    private func advance(_ stream: HTTP2Stream, of session: Unmanaged<HTTP2Session>?) {
        let news = stream.takeNews()
        let isClosed = news.contains(.closed)
        if news.contains(.headers), !isClosed, let session = unsafe session { unsafe session._withUnsafeGuaranteedRef { begin(stream, of: $0) } }
        withOwner(of: stream) { $0.advance(news) }
        guard isClosed else { return }
        // A call that nobody else holds serves the stream's next request.
        guard stream.holdsOwnerAlone(), withOwner(of: stream, { $0.rest() }) ?? false else {
            stream.owner = nil
            return
        }
    }

    /// `body` must leave the stream its owner.
    @discardableResult
    private func withOwner<Result>(of stream: HTTP2Stream, _ body: (StreamOwner) -> Result) -> Result? {
        // Owners of a server's streams are set in `begin` and `beginCall` alone.
        stream.withOwner { body(unsafe unsafeDowncast($0, to: StreamOwner.self)) }
    }

    private func begin(_ stream: HTTP2Stream, of session: HTTP2Session) {
        var fields = HeaderFields()
        stream.exchangeFields(&fields)
        if authority.isMisdirected(fields) {
            stream.exchangeFields(&fields)
            let exchange = RouteExchange(connection: self, stream: stream)
            stream.owner = exchange
            return exchange.refuse(.text(421, "This connection was made for another name; open one for the name that you ask."))
        }
        let isGRPC =
            fields.has(":method", "POST")
            && (fields.has("content-type", "application/grpc") || fields.value("content-type", Self.isGRPC) ?? false)
        if isGRPC, core.hasMethods {
            beginCall(stream, &fields, of: session)
        } else {
            stream.exchangeFields(&fields)
            let exchange = RouteExchange(connection: self, stream: stream)
            stream.owner = exchange
            exchange.answer()
        }
    }

    private func beginCall(_ stream: HTTP2Stream, _ fields: inout HeaderFields, of session: HTTP2Session) {
        let entry = unsafe method(fields)
        let now = session.lastReceived
        var refusal: RPCStatus? = nil
        var timeout: UInt64? = unsafe entry?._withUnsafeGuaranteedRef(\.boundsItself) ?? false ? nil : core.limits.maxCallNanoseconds
        if unsafe entry == nil {
            refusal = RPCStatus(.unimplemented, "no such method; list the methods with server reflection")
        } else if let encoding = fields.first("grpc-encoding"), encoding != "identity" {
            refusal = .compressedMessage
        } else if fields.contains("grpc-timeout") {
            if let asked = fields.value("grpc-timeout", GRPCTimeout.parse) ?? nil {
                timeout = min(asked, timeout ?? .max)
            } else {
                refusal = RPCStatus(.invalidArgument, "grpc-timeout is not one to eight digits, above zero, and one of H M S m u n")
            }
        }
        let deadline = timeout.map { NIODeadline.uptimeNanoseconds(now.addingReportingOverflow($0).partialValue) }
        if !stream.hasOwner { stream.owner = ServerCall(connection: self, session: session, stream: stream) }
        // The new call, or that of the stream's last request, at rest: only a `ServerCall` rests, and others leave their stream when it closes.
        _ = stream.withOwner { owner in
            unsafe unsafeDowncast(owner, to: ServerCall.self)
                .begin(unsafe entry, callID: loop.callID(), startedAt: now, deadline: deadline, fields: &fields, refusal: refusal)
        }
    }

    /// Not counted as a reference: `core` holds its methods as long as it lives, and this connection holds `core`.
    private func method(_ fields: HeaderFields) -> Unmanaged<ServerCore.Entry>? {
        if let lastMethod, unsafe lastMethod._withUnsafeGuaranteedRef({ $0.isAsked(by: fields) }) { return unsafe lastMethod }
        guard let path = fields.first(":path"), let entry = core.method(path) else { return nil }
        lastMethod = unsafe Unmanaged.passUnretained(entry)
        return lastMethod
    }

    /// `application/grpc`, alone or with `+proto` or parameters.
    private static func isGRPC(_ value: ArraySlice<UInt8>) -> Bool {
        guard value.starts(with: grpcType) else { return false }
        let rest = value.dropFirst(grpcType.count)
        return rest.isEmpty || rest.first == UInt8(ascii: ";") || rest.elementsEqual("+proto".utf8)
    }

    private static let grpcType = Array("application/grpc".utf8)
}

/// What answers one stream of a server.
class StreamOwner {
    func advance(_ news: HTTP2Stream.News) {}
    /// After the close: false where it will not serve another request. True leaves it with the stream, which it may hold, until one comes.
    func rest() -> Bool { false }
    func tick(_ now: UInt64) {}
}
