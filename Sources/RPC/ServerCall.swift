import HTTP2
import NIOCore

/// One gRPC call on a server: from its headers to its trailers.
///
/// Safety: confined to the connection's event loop. Handlers run with that loop as their executor, and the writer and reader given to them
/// come back to it first, so that every method here runs on it; `Sendable` is needed to pass through their closures.
///
/// Exclusivity: no access to a property spans a call-out, so that the properties used by every call need no check at run time.
final class ServerCall: StreamOwner, @unchecked Sendable {
    private enum Phase { case receiving, running, finished }

    private let connection: ServerConnection
    /// The connection's. Once it is closed, commands to it do nothing; the news of that reaches every call before the connection is told.
    private let session: HTTP2Session
    private let stream: HTTP2Stream
    @safe @exclusivity(unchecked) private var entry: ServerCore.Entry?
    @safe @exclusivity(unchecked) private var context: CallContext
    @safe @exclusivity(unchecked) private var isUnaryRequest = false
    @safe @exclusivity(unchecked) private var startedAt: UInt64 = 0
    @safe @exclusivity(unchecked) private var phase = Phase.finished
    @safe @exclusivity(unchecked) private var deframer: MessageDeframer
    @safe @exclusivity(unchecked) private var request: [UInt8]?
    @safe @exclusivity(unchecked) private var requestEnded = false
    /// Whether the context has the fields of a request: from `begin` to `rest`.
    @safe @exclusivity(unchecked) private var hasFields = false
    @safe @exclusivity(unchecked) private var assembling = 0
    /// Bytes of the request that the connection counts as held.
    @safe @exclusivity(unchecked) private var held = 0
    /// Those of the message that the handler was given last, until it asks for the next or returns.
    @safe @exclusivity(unchecked) private var given = 0
    /// Which message of a stream was awaited at the last tick, and since when.
    @safe @exclusivity(unchecked) private var awaited: (number: UInt64, since: UInt64) = (0, 0)
    @safe @exclusivity(unchecked) private var handlerRuns = false
    @safe @exclusivity(unchecked) private var headersSent = false
    @safe @exclusivity(unchecked) private var task: Task<Void, Never>?
    @safe @exclusivity(unchecked) private var waiting: Waiting?

    /// What only calls need that stream or have a deadline; most have neither.
    private final class Waiting {
        var timer: Scheduled<Void>?
        var reader: CheckedContinuation<[UInt8]?, any Error>?
        var writer: CheckedContinuation<Void, any Error>?
    }

    /// A call at rest until `begin`.
    init(connection: ServerConnection, session: HTTP2Session, stream: HTTP2Stream) {
        self.connection = connection
        self.session = session
        self.stream = stream
        context = CallContext(peer: connection.peer)
        deframer = MessageDeframer(maxBytes: connection.core.limits.maxMessageBytes)
    }

    var executor: LoopExecutor { connection.loop.executor }

    /// A request for `method`, nil where there is none such; ends at once with `refusal` where there is one.
    func begin(
        _ method: Unmanaged<ServerCore.Entry>?, callID: UInt64, startedAt: UInt64, deadline: NIODeadline?, fields: inout HeaderFields, refusal: RPCStatus?
    ) {
        // The same one mostly: then nothing is counted.
        if unsafe method?.toOpaque() != entry.map({ unsafe Unmanaged.passUnretained($0).toOpaque() }) || entry == nil {
            entry = unsafe method?.takeUnretainedValue()
            context.method = entry?.path ?? "(unknown)"
            isUnaryRequest = entry?.takesOneMessage ?? false
        }
        self.startedAt = startedAt
        awaited = (0, startedAt)
        phase = .receiving
        requestEnded = false
        headersSent = false
        hasFields = true
        withContext { $0.begin(callID: callID, deadline: deadline, fields: &fields) }
        if let refusal { fail(refusal) } else { start() }
    }

    override func rest() -> Bool {
        guard phase == .finished, !handlerRuns else { return false }
        guard isKnownUniquelyReferenced(&context) else { return false }
        // A stream that was closed before its request began still has that request's fields.
        if hasFields { withContext { $0.giveFieldsBack(to: stream) } }
        hasFields = false
        given = 0
        if !deframer.isUnused { deframer = MessageDeframer(maxBytes: connection.core.limits.maxMessageBytes) }
        waiting = nil
        return true
    }

    /// Calls `body` with the context, without counting a reference to it.
    private func withContext<Result>(_ body: (CallContext) throws -> Result) rethrows -> Result {
        // Set by `init` alone; a variable only for `isKnownUniquelyReferenced`.
        try unsafe Unmanaged.passUnretained(context)._withUnsafeGuaranteedRef(body)
    }

    /// Starts handlers that read their requests themselves; the others wait for the request's end.
    private func start() {
        guard !isUnaryRequest else { return }
        guard connection.hasRoomForAnswers(session) else { return fail(ServerCall.tooMuchUnsent) }
        switch entry?.implementation {
        case .clientStreaming(let handler):
            let reader = MessageReader(call: self)
            run { call, context in call.finish(try await handler(reader, context)) }
        case .bidirectional(let handler):
            let reader = MessageReader(call: self)
            let writer = MessageWriter(call: self)
            run { call, context in
                try await handler(reader, context, writer)
                call.finish(nil)
            }
        case .immediate, .unary, .serverStreaming, nil: break
        }
    }

    override func advance(_ news: HTTP2Stream.News) {
        if news.contains(.closed) {
            closed()
            return
        }
        if news.contains(.end) { requestEnded = true }
        if news.contains(.data) || news.contains(.end) { receive() }
        if news.contains(.drained) { wakeWriter() }
        watchDeadline()
    }

    override func tick(_ now: UInt64) {
        if let deadline = context.deadline, deadline.uptimeNanoseconds < now &+ ServerCall.nearNanoseconds { arm(deadline) }
        // It looks whether it has still something to wait for.
        wakeWriter()
        guard phase != .finished, !requestEnded else { return }
        // What a handler has not asked for yet is in its own time.
        let isAwaited = isUnaryRequest || deframer.heldBytes > 0 && waiting?.reader != nil
        if !isUnaryRequest, !isAwaited || awaited.number != deframer.messages { awaited = (deframer.messages, now) }
        guard isAwaited else { return }
        let limits = connection.core.limits
        // Before the message was awaited, the peer may not have been allowed to send.
        let moved = max(stream.receivedAt, awaited.since)
        let isStalled = now > moved && now - moved > limits.messageProgressNanoseconds
        guard isStalled || now > awaited.since && now - awaited.since > limits.messageNanoseconds else { return }
        fail(RPCStatus(.deadlineExceeded, "the request message did not arrive in time"))
    }

    // MARK: Request

    private func receive() {
        guard phase != .finished else {
            // Nobody wants these bytes; the connection's window gets them back.
            session.consume(stream, stream.takeReceived().count)
            return
        }
        do throws(MessageDeframer.Fault) {
            if isUnaryRequest { try receiveOnly() } else { try feedReader() }
        } catch {
            fail(RPCStatus(error))
        }
    }

    /// Takes the one message of a request that has exactly one.
    private func receiveOnly() throws(MessageDeframer.Fault) {
        guard phase == .receiving else { return }
        if requestEnded, request == nil, assembling == 0, let message = takeWhole() {
            dispatch(message)
            return
        }
        takeBytes()
        while let message = try deframer.next() {
            guard request == nil else {
                fail(RPCStatus(.unimplemented, "this method takes one request message, and more than one was sent"))
                return
            }
            request = message
        }
        guard requestEnded else {
            account(deframer.heldBytes + (request?.count ?? 0))
            hold(assembling)
            return
        }
        guard deframer.heldBytes == 0 else {
            fail(RPCStatus(.internal, "the request ended in the middle of a message"))
            return
        }
        guard let message = request else {
            fail(RPCStatus(.unimplemented, "this method takes one request message, and none was sent"))
            return
        }
        request = nil
        account(0)
        dispatch(message)
    }

    /// The usual request: one message that is all there is.
    private func takeWhole() -> [UInt8]? {
        guard deframer.heldBytes == 0 else { return nil }
        let (maxBytes, count) = (connection.core.limits.maxMessageBytes, stream.receivedCount)
        guard let message = stream.useReceived({ MessageDeframer.whole($0, maxBytes: maxBytes) }) else { return nil }
        session.consume(stream, count)
        connection.wantFlush()
        return message
    }

    private func takeBytes() {
        guard stream.receivedCount > 0 else { return }
        let bytes = stream.takeReceived()
        session.consume(stream, bytes.count)
        connection.wantFlush()
        deframer.append(bytes)
    }

    /// Charges unfinished bytes to the connection, which has a bound.
    private func account(_ bytes: Int) {
        connection.assemblingBytes += bytes - assembling
        assembling = bytes
        if bytes > 0, connection.assemblingBytes > connection.core.limits.maxAssemblingBytes {
            fail(RPCStatus(.resourceExhausted, "this connection has too many unfinished messages; send fewer at a time"))
        }
    }

    /// Tells the connection how many bytes of the request are held; ends the call where the server has no room for more.
    private func hold(_ bytes: Int) {
        guard bytes != held else { return }
        let change = bytes - held
        held = bytes
        if connection.hold(change) { return }
        fail(RPCStatus(.resourceExhausted, "the server holds as many bytes of your requests as it may; try again later"))
    }

    // MARK: Handlers

    private func dispatch(_ message: [UInt8]) {
        guard connection.hasRoomForAnswers(session) else { return fail(ServerCall.tooMuchUnsent) }
        given = message.count
        switch entry?.implementation {
        case .immediate(let handler):
            do {
                finish(try withContext { try handler(message, $0) })
            } catch {
                fail(Self.status(error))
            }
        case .unary(let handler):
            run { call, context in call.finish(try await handler(message, context)) }
        case .serverStreaming(let handler):
            let writer = MessageWriter(call: self)
            run { call, context in
                try await handler(message, context, writer)
                call.finish(nil)
            }
        case .clientStreaming, .bidirectional, nil: preconditionFailure("a call is dispatched once, by its kind")
        }
    }

    private func run(_ body: @escaping @Sendable (ServerCall, CallContext) async throws -> Void) {
        guard connection.runningHandlers < connection.core.limits.maxRunningHandlers else {
            fail(RPCStatus(.resourceExhausted, "too many calls are running on this connection; wait for some to end"))
            return
        }
        hold(given)
        guard phase != .finished else { return }
        guard connection.share.beginHandler() else {
            fail(RPCStatus(.resourceExhausted, "too many of your calls are running; wait for some to end"))
            return
        }
        connection.runningHandlers += 1
        handlerRuns = true
        phase = .running
        let context = context
        let started = Task.immediate(executorPreference: executor) {
            do {
                try await body(self, context)
            } catch {
                self.fail(Self.status(error))
            }
            self.connection.runningHandlers -= 1
            self.connection.share.endHandler()
            self.handlerRuns = false
            self.hold(0)
        }
        if phase == .running { task = started }
    }

    private static func status(_ error: any Error) -> RPCStatus {
        switch error {
        case let status as RPCStatus: status
        case is CancellationError: RPCStatus(.cancelled, "the call was cancelled")
        default: RPCStatus(.internal, "the server failed to answer; quote the call's number when you report this")
        }
    }

    private static let tooMuchUnsent = RPCStatus(
        .resourceExhausted, "too many answers wait for you to take them; read them, and ask for fewer at a time")

    // MARK: Answer

    /// Sends the last message, if there is one, and status OK.
    func finish(_ message: consuming [UInt8]?) {
        guard phase != .finished else { return }
        if let message, !connection.mayQueue(message.count + 5, session) { return fail(ServerCall.tooMuchUnsent) }
        end(.ok)
        let hasAdded = withContext { $0.hasAdded }
        sendHeaders(hasAdded)
        switch consume message {
        case .some(let message): session.send(stream, prefix: MessageDeframer.prefix(message.count), prefixCount: 5, message)
        case .none: break
        }
        if hasAdded {
            session.finish(stream, trailers: ResponseBlocks.trailers(nil, context.takeTrailing()))
        } else {
            session.finish(stream, trailers: connection.core.okTrailers)
        }
        connection.wantFlush()
    }

    /// Ends the call with `status` and stops its handler.
    func fail(_ status: RPCStatus) {
        guard phase != .finished else { return }
        context.cancel()
        let running = task
        end(status.code)
        running?.cancel()
        // What was to be answered is withdrawn: nothing of it begins to leave any more.
        if status.code == .aborted { session.takeBack(stream) }
        if headersSent {
            session.finish(stream, trailers: ResponseBlocks.trailers(status, context.takeTrailing()))
        } else {
            headersSent = true
            session.respond(stream, ResponseBlocks.trailersOnly(status, context.takeInitial(), context.takeTrailing()), end: true)
        }
        connection.wantFlush()
    }

    /// Queues a message. True when the writer should wait for room before the next one.
    func write(_ message: [UInt8]) throws -> Bool {
        guard phase != .finished else { throw CancellationError() }
        guard connection.mayQueue(message.count + 5, session) else { throw ServerCall.tooMuchUnsent }
        sendHeaders(context.hasAdded)
        session.send(stream, prefix: MessageDeframer.prefix(message.count), prefixCount: 5, message)
        connection.wantFlush()
        return session.mustWait(stream)
    }

    /// Returns when there is room, and at each tick of the loop. True where the writer should go on waiting.
    func waitForRoom() async throws -> Bool {
        guard phase != .finished else { throw CancellationError() }
        // What was taken while the writer looked is not told again.
        guard session.mustWait(stream) else { return false }
        let waiting = makeWaiting()
        precondition(waiting.writer == nil, "one message of a call is written at a time")
        // Resumed once: by `wakeWriter`, or by `end`.
        try await withCheckedThrowingContinuation { waiting.writer = $0 }
        guard phase != .finished else { throw CancellationError() }
        return session.mustWait(stream)
    }

    private func wakeWriter() {
        guard let waiting, let writer = waiting.writer else { return }
        waiting.writer = nil
        writer.resume()
    }

    private func sendHeaders(_ hasAdded: Bool) {
        guard !headersSent else { return }
        headersSent = true
        if hasAdded {
            session.respond(stream, ResponseBlocks.headers(context.takeInitial()), end: false)
        } else {
            session.respond(stream, connection.core.okHeaders, end: false)
        }
    }

    // MARK: Requests read by the handler

    func nextMessage() async throws -> [UInt8]? {
        guard phase == .running else { throw CancellationError() }
        let waiting = makeWaiting()
        precondition(waiting.reader == nil, "one message of a call is read at a time")
        given = 0
        if let message = try pull() {
            given = message.count
            hold(stream.receivedCount + deframer.heldBytes + given)
            guard phase == .running else { throw CancellationError() }
            return message
        }
        hold(deframer.heldBytes)
        guard phase == .running else { throw CancellationError() }
        if requestEnded, stream.receivedCount == 0 {
            guard deframer.heldBytes == 0 else { throw RPCStatus(.internal, "the request ended in the middle of a message") }
            return nil
        }
        // Resumed once: by `feedReader` when there is a message or the end, or by `end`.
        return try await withCheckedThrowingContinuation { waiting.reader = $0 }
    }

    /// The next message, taking bytes only until there is one: the rest stays in the peer's window.
    private func pull() throws -> [UInt8]? {
        do throws(MessageDeframer.Fault) {
            if let message = try deframer.next() { return message }
            takeBytes()
            return try deframer.next()
        } catch {
            throw RPCStatus(error)
        }
    }

    private func feedReader() throws(MessageDeframer.Fault) {
        guard let waiting, let reader = waiting.reader else {
            hold(stream.receivedCount + deframer.heldBytes + given)
            return
        }
        takeBytes()
        if let message = try deframer.next() {
            given = message.count
            hold(deframer.heldBytes + given)
            // Where there is no room, `end` has resumed the reader.
            guard phase == .running else { return }
            waiting.reader = nil
            reader.resume(returning: message)
        } else if requestEnded {
            waiting.reader = nil
            if deframer.heldBytes == 0 {
                reader.resume(returning: nil)
            } else {
                reader.resume(throwing: RPCStatus(.internal, "the request ended in the middle of a message"))
            }
        } else {
            account(deframer.heldBytes)
            if phase == .running { hold(deframer.heldBytes) }
        }
    }

    // MARK: End

    private func closed() {
        guard phase != .finished else { return }
        context.cancel()
        let running = task
        end(.cancelled)
        running?.cancel()
    }

    private func watchDeadline() {
        guard let deadline = context.deadline, deadline.uptimeNanoseconds < startedAt &+ ServerCall.nearNanoseconds else { return }
        arm(deadline)
    }

    /// A timer costs more than most calls, and most calls end long before their deadline: only a near one gets its timer at once, and the loop's
    /// tick of every second arms the others when they have come near.
    private static let nearNanoseconds: UInt64 = 5_000_000_000

    private func arm(_ deadline: NIODeadline) {
        guard phase != .finished, waiting?.timer == nil else { return }
        makeWaiting().timer = connection.loop.eventLoop.scheduleTask(deadline: deadline) {
            self.fail(RPCStatus(.deadlineExceeded, "the call took longer than its deadline"))
            self.connection.loop.flushDirty()
        }
    }

    private func makeWaiting() -> Waiting {
        if let waiting { return waiting }
        let made = Waiting()
        waiting = made
        return made
    }

    private func stopWaiting(_ waiting: Waiting) {
        waiting.timer?.cancel()
        waiting.timer = nil
        if let reader = waiting.reader {
            waiting.reader = nil
            reader.resume(throwing: CancellationError())
        }
        if let writer = waiting.writer {
            waiting.writer = nil
            writer.resume(throwing: CancellationError())
        }
    }

    private func end(_ code: RPCCode) {
        phase = .finished
        task = nil
        request = nil
        connection.assemblingBytes -= assembling
        assembling = 0
        // What a handler was given lives until it returns.
        hold(handlerRuns ? given : 0)
        if let waiting { stopWaiting(waiting) }
        guard let observer = connection.core.observer else { return }
        let now = NIODeadline.now().uptimeNanoseconds
        observer(
            CallReport(
                method: context.method, callID: context.callID, trace: context.trace, code: code, nanoseconds: now > startedAt ? now - startedAt : 0, peer: context.peer))
    }
}
