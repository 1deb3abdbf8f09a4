import HTTP2
import NIOCore

/// One call of a client, gRPC or plain.
///
/// Safety: all mutable state is touched on the connection's event loop only; the async methods go there first.
final class ClientCall: @unchecked Sendable {
    enum Kind {
        case messages(maxBytes: Int)
        case plain(maxBytes: Int)
    }

    private let connection: ClientConnection
    private let kind: Kind
    private let timeout: Duration?
    private var stream: HTTP2Stream?
    private var deframer: MessageDeframer
    private var body: [UInt8] = []
    private var ready: [UInt8]?
    /// How the call ended: nil while it runs.
    private var outcome: Result<Void, RPCStatus>?
    private var waiter: CheckedContinuation<Result<[UInt8]?, RPCStatus>, Never>?
    private var timer: Scheduled<Void>?
    private var fields = HeaderFields()
    private var trailers = HeaderFields()

    init(_ connection: ClientConnection, kind: Kind, timeout: Duration?) {
        self.connection = connection
        self.kind = kind
        self.timeout = timeout
        switch kind {
        case .messages(let maxBytes), .plain(let maxBytes): deframer = MessageDeframer(maxBytes: maxBytes)
        }
    }

    // MARK: From any task

    /// Sends the request: its only message, or nothing for a plain GET.
    func start(_ block: HeaderBlock, _ message: [UInt8]?) async throws(RPCStatus) {
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<Void, RPCStatus>, Never>) in
            connection.eventLoop.execute { continuation.resume(returning: self.begin(block, message)) }
        }
        try result.get()
    }

    /// The next message; nil after the last of a call that ended well.
    func next() async throws(RPCStatus) -> [UInt8]? {
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<[UInt8]?, RPCStatus>, Never>) in
                connection.eventLoop.execute { self.wait(continuation) }
            }
        } onCancel: {
            cancel()
        }
        return try result.get()
    }

    /// The whole answer of a plain call.
    func response() async throws(RPCStatus) -> HTTPResponse {
        _ = try await next()
        return await withCheckedContinuation { continuation in
            connection.eventLoop.execute {
                let status = self.fields.first(":status").flatMap { Int($0) } ?? 0
                let headers = self.fields.all.filter { !$0.name.hasPrefix(":") }
                continuation.resume(returning: HTTPResponse(status: status, headers: headers, body: self.body))
            }
        }
    }

    func metadata() async -> (initial: Metadata, trailing: Metadata) {
        await withCheckedContinuation { continuation in
            connection.eventLoop.execute { continuation.resume(returning: (Self.metadata(self.fields), Self.metadata(self.trailers))) }
        }
    }

    func cancel() {
        connection.eventLoop.execute {
            self.stop(RPCStatus(.cancelled, "the call was cancelled"))
        }
    }

    // MARK: On the loop

    private func begin(_ block: HeaderBlock, _ message: [UInt8]?) -> Result<Void, RPCStatus> {
        guard let session = connection.session, let stream = session.request(block, end: message == nil) else {
            return .failure(connection.lost)
        }
        stream.owner = self
        self.stream = stream
        if let message {
            session.send(stream, prefix: MessageDeframer.prefix(message.count), prefixCount: 5, message)
            session.finish(stream)
        }
        if let timeout {
            let nanoseconds = timeout.components.seconds * 1_000_000_000 + timeout.components.attoseconds / 1_000_000_000
            timer = connection.eventLoop.scheduleTask(in: .nanoseconds(nanoseconds)) {
                self.stop(RPCStatus(.deadlineExceeded, "the call took longer than its deadline"))
            }
        }
        connection.flush()
        return .success(())
    }

    func advance(_ news: HTTP2Stream.News) {
        guard outcome == nil else { return }
        take()
        // Taking may have ended the call. At the end of the stream the trailers are here; its close may follow later.
        if outcome == nil, news.contains(.closed) || news.contains(.end) { end(Self.verdict(stream, kind, connection)) }
        serve()
    }

    private func wait(_ continuation: CheckedContinuation<Result<[UInt8]?, RPCStatus>, Never>) {
        precondition(waiter == nil, "one answer of a call is read at a time")
        waiter = continuation
        take()
        serve()
        connection.flush()
    }

    /// Takes received bytes as far as there is a use for them; what is left stays in the server's window.
    private func take() {
        guard let stream else { return }
        switch kind {
        case .plain(let maxBytes):
            let bytes = stream.takeReceived()
            connection.session?.consume(stream, bytes.count)
            guard body.count + bytes.count <= maxBytes else {
                return stop(RPCStatus(.resourceExhausted, "the answer is longer than \(maxBytes) bytes"))
            }
            body.append(contentsOf: bytes)
        case .messages:
            guard ready == nil else { return }
            if let refusal = Self.refusalOutsideGRPC(stream.fields) { return stop(refusal) }
            do throws(MessageDeframer.Fault) {
                ready = try deframer.next()
                guard ready == nil, stream.receivedCount > 0 else { return }
                let bytes = stream.takeReceived()
                connection.session?.consume(stream, bytes.count)
                deframer.append(bytes)
                ready = try deframer.next()
            } catch {
                stop(RPCStatus(error))
            }
        }
    }

    /// Answers the waiting reader if there is something to answer with.
    private func serve() {
        guard let waiting = waiter else { return }
        if let message = ready {
            ready = nil
            waiter = nil
            waiting.resume(returning: .success(message))
        } else if let outcome {
            waiter = nil
            switch outcome {
            case .failure(let status): waiting.resume(returning: .failure(status))
            case .success where deframer.heldBytes > 0:
                waiting.resume(returning: .failure(RPCStatus(.internal, "the answer ended in the middle of a message")))
            case .success: waiting.resume(returning: .success(nil))
            }
        }
    }

    private func stop(_ status: RPCStatus) {
        guard outcome == nil else { return }
        if let stream { connection.session?.reset(stream, 8) }
        ready = nil
        end(.failure(status))
        serve()
        connection.flush()
    }

    private func end(_ result: Result<Void, RPCStatus>) {
        outcome = result
        timer?.cancel()
        timer = nil
        if let stream {
            fields = stream.fields
            trailers = stream.trailers
        }
    }

    // MARK: Verdict

    private static func verdict(_ stream: HTTP2Stream?, _ kind: Kind, _ connection: ClientConnection) -> Result<Void, RPCStatus> {
        guard let stream else { return .failure(connection.lost) }
        let hasAnswer = !stream.fields.isEmpty && (!stream.isClosed || stream.closeCode == 0)
        switch kind {
        case .plain: return hasAnswer ? .success(()) : .failure(reset(stream, connection))
        case .messages: break
        }
        // A call without messages has its status in the only header list.
        let source = stream.trailers.isEmpty ? stream.fields : stream.trailers
        guard let text = source.first("grpc-status") else {
            guard hasAnswer, let status = stream.fields.first(":status"), status != "200" else { return .failure(reset(stream, connection)) }
            return .failure(refusal(http: status))
        }
        let code = Int(text).flatMap(RPCCode.init(rawValue:)) ?? .unknown
        guard code != .ok else { return .success(()) }
        let message = StatusEncoding.percentDecode(source.first("grpc-message") ?? "")
        let details = source.first("grpc-status-details-bin").flatMap(StatusEncoding.binaryHeader).flatMap(StatusEncoding.details) ?? []
        return .failure(RPCStatus(code, message, details: details))
    }

    private static func reset(_ stream: HTTP2Stream, _ connection: ClientConnection) -> RPCStatus {
        guard connection.handler != nil, connection.session?.isClosed == false else { return connection.lost }
        switch stream.closeCode {
        case 7: return RPCStatus(.unavailable, "the server refused the call; try again")
        case 8: return RPCStatus(.cancelled, "the server cancelled the call")
        case 11: return RPCStatus(.resourceExhausted, "the server asks for fewer calls")
        default: return RPCStatus(.internal, "the call ended without a status (HTTP/2 error \(stream.closeCode))")
        }
    }

    /// An answer that is not gRPC, such as a web server's page: its body is no message. Nil for gRPC, and while no answer is there.
    private static func refusalOutsideGRPC(_ fields: HeaderFields) -> RPCStatus? {
        guard let status = fields.first(":status"), fields.first("content-type")?.hasPrefix("application/grpc") != true else { return nil }
        return refusal(http: status)
    }

    private static func refusal(http status: String) -> RPCStatus {
        RPCStatus(code(http: status), status == "200" ? "the server did not answer in gRPC" : "the server answered with HTTP status \(status)")
    }

    /// "HTTP to gRPC status code mapping" of the gRPC documents.
    private static func code(http status: String) -> RPCCode {
        switch status {
        case "400": .internal
        case "401": .unauthenticated
        case "403": .permissionDenied
        case "404": .unimplemented
        case "429", "502", "503", "504": .unavailable
        default: .unknown
        }
    }

    private static func metadata(_ fields: HeaderFields) -> Metadata {
        var metadata = Metadata()
        for (name, value) in fields.all where !name.hasPrefix(":") && !name.hasPrefix("grpc-") && name != "content-type" {
            metadata.addReceived(name, value)
        }
        return metadata
    }
}
