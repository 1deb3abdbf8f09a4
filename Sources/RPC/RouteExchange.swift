import HTTP2

/// One plain HTTP request and its answer.
///
/// Safety: confined to the connection's event loop, as `ServerCall`.
final class RouteExchange: StreamOwner, @unchecked Sendable {
    private let connection: ServerConnection
    private let stream: HTTP2Stream
    private var isDone = false
    private var task: Task<Void, Never>?

    init(connection: ServerConnection, stream: HTTP2Stream) {
        self.connection = connection
        self.stream = stream
    }

    func answer() {
        let fields = stream.fields
        guard let target = fields.first(":path"), target.utf8.count <= connection.core.limits.maxPathBytes, target.hasPrefix("/") else {
            return respond(.text(400, "The path is missing, too long or does not begin with a slash."), head: false)
        }
        let cut = target.firstIndex(of: "?")
        let path = String(target[..<(cut ?? target.endIndex)])
        let query = cut.map { String(target[target.index(after: $0)...]) }
        guard let route = connection.core.route(path) else { return respond(missing(path), head: fields.has(":method", "HEAD")) }
        let isHead = fields.has(":method", "HEAD")
        guard isHead || fields.has(":method", "GET") else {
            return respond(HTTPResponse(status: 405, headers: [("allow", "GET, HEAD")]), head: false)
        }
        guard let session = connection.session, connection.hasRoomForAnswers(session) else { return respond(RouteExchange.tooMuchUnsent, head: false) }
        let request = HTTPRequest(method: isHead ? .head : .get, path: path, query: query, headers: fields, peer: connection.peer)
        run(route, request)
    }

    /// Answers without asking any route.
    func refuse(_ response: HTTPResponse) {
        respond(response, head: stream.fields.has(":method", "HEAD"))
    }

    override func advance(_ news: HTTP2Stream.News) {
        if news.contains(.closed) {
            isDone = true
            task?.cancel()
            task = nil
        } else if news.contains(.data) {
            // A body means nothing here; it is dropped.
            connection.session?.consume(stream, stream.takeReceived().count)
        }
    }

    private func missing(_ path: String) -> HTTPResponse {
        guard connection.core.method(path) != nil else { return .text(404, "There is nothing at this path.") }
        return .text(415, "This path speaks gRPC: POST with content-type application/grpc.")
    }

    private func run(_ route: HTTPRoute, _ request: HTTPRequest) {
        guard connection.runningHandlers < connection.core.limits.maxRunningHandlers, connection.share.beginHandler() else {
            return respond(.text(503, "Too many requests of yours are running; wait for some to end."), head: false)
        }
        connection.runningHandlers += 1
        let started = Task.immediate(executorPreference: connection.loop.executor) {
            let response = await route.answer(request)
            self.connection.runningHandlers -= 1
            self.connection.share.endHandler()
            self.respond(response, head: request.method == .head)
        }
        if !isDone { task = started }
    }

    private static let tooMuchUnsent = HTTPResponse.text(503, "Too many answers wait for you to take them; read them before you ask for more.")

    private func respond(_ response: HTTPResponse, head: Bool) {
        guard !isDone, let session = connection.session else { return }
        var response = response
        if !head, !connection.mayQueue(response.body.count, session) { response = HTTPResponse(status: 503) }
        isDone = true
        task = nil
        var fields = [(name: ":status", value: String(response.status))]
        fields += response.headers
        fields.append((name: "content-length", value: String(response.body.count)))
        let hasBody = !head && !response.body.isEmpty
        session.respond(stream, HeaderBlock(fields), end: !hasBody)
        if hasBody {
            session.send(stream, response.body)
            session.finish(stream)
        }
        connection.wantFlush()
    }
}
