import HTTP2
import NIOCore
import NIOPosix
import SwiftProtobuf
import TLS

/// Where a client connects and what it accepts.
package struct RPCClientConfiguration: Sendable {
    package var host: String
    package var port: Int
    /// The name that must be in the server's certificate, sent as SNI and `:authority`; the host unless set.
    package var serverName: String
    package var tls: TLSClientContext
    package var group: MultiThreadedEventLoopGroup = .singleton
    package var connectTimeout: Duration = .seconds(10)
    /// Longest answer message, in bytes.
    package var maxMessageBytes = 16 * 1024 * 1024
    package var http2 = HTTP2Limits()

    package init(host: String, port: Int, tls: TLSClientContext) {
        self.host = host
        self.port = port
        self.tls = tls
        serverName = host
        // A client keeps its connection until it closes it.
        http2.idleNanoseconds = .max
    }
}

/// One connection to an RPC server. May be used from any task; calls share the connection.
///
/// It does not connect again by itself: once the connection is lost every call ends with UNAVAILABLE.
package final class RPCClient: Sendable {
    private let channel: any Channel
    private let connection: ClientConnection
    private let maxMessageBytes: Int

    private init(channel: any Channel, connection: ClientConnection, maxMessageBytes: Int) {
        self.channel = channel
        self.connection = connection
        self.maxMessageBytes = maxMessageBytes
    }

    /// Connects and shakes hands. UNAVAILABLE with a reason when the server cannot be reached or trusted.
    package static func connect(_ configuration: RPCClientConfiguration) async throws(RPCStatus) -> RPCClient {
        let milliseconds = configuration.connectTimeout.components.seconds * 1000 + configuration.connectTimeout.components.attoseconds / 1_000_000_000_000_000
        let loop = configuration.group.next()
        let connection = ClientConnection(loop, authority: authority(configuration))
        do {
            let channel = try await ClientBootstrap(group: loop)
                .connectTimeout(.milliseconds(milliseconds))
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelOption(.writeBufferWaterMark, value: .init(low: 64 * 1024, high: 256 * 1024))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let security = try TLSChannelHandler(client: configuration.tls, serverName: configuration.serverName)
                        let http2 = try HTTP2ChannelHandler(.client, limits: configuration.http2, application: connection)
                        try channel.pipeline.syncOperations.addHandlers([security, http2])
                    }
                }
                .connect(host: configuration.host, port: configuration.port).get()
            try await connection.handshake.futureResult.get()
            return RPCClient(channel: channel, connection: connection, maxMessageBytes: configuration.maxMessageBytes)
        } catch let status as RPCStatus {
            throw status
        } catch {
            connection.handshake.fail(error)
            throw RPCStatus(.unavailable, "cannot connect to \(configuration.host):\(configuration.port): \(NetworkWords.text(error))")
        }
    }

    /// One request, one answer.
    package func unary<Request: Message & Sendable, Response: Message & Sendable>(
        _ path: String, _ request: Request, returning: Response.Type = Response.self, metadata: Metadata = Metadata(), timeout: Duration? = nil
    ) async throws(RPCStatus) -> Response {
        try await call(path, request, returning: returning, metadata: metadata, timeout: timeout).message
    }

    /// The same, with the metadata of the answer.
    package func call<Request: Message & Sendable, Response: Message & Sendable>(
        _ path: String, _ request: Request, returning: Response.Type = Response.self, metadata: Metadata = Metadata(), timeout: Duration? = nil
    ) async throws(RPCStatus) -> RPCAnswer<Response> {
        let answer = try await callBytes(path, try RPCMethod.encode(request), metadata: metadata, timeout: timeout)
        return RPCAnswer(
            message: try Self.decode(answer.message), initialMetadata: answer.initialMetadata, trailingMetadata: answer.trailingMetadata)
    }

    /// Unary on serialised messages.
    package func callBytes(
        _ path: String, _ request: [UInt8], metadata: Metadata = Metadata(), timeout: Duration? = nil
    ) async throws(RPCStatus) -> RPCAnswer<[UInt8]> {
        let call = try await start(path, request, metadata, timeout)
        guard let message = try await call.next() else { throw RPCStatus(.internal, "the server ended the call without an answer") }
        guard try await call.next() == nil else { throw RPCStatus(.internal, "the server sent more than one answer") }
        let (initial, trailing) = await call.metadata()
        return RPCAnswer(message: message, initialMetadata: initial, trailingMetadata: trailing)
    }

    /// One request, many answers. Ending the iteration early cancels the call.
    package func serverStreaming<Request: Message & Sendable, Response: Message & Sendable>(
        _ path: String, _ request: Request, returning: Response.Type = Response.self, metadata: Metadata = Metadata(), timeout: Duration? = nil
    ) async throws(RPCStatus) -> RPCAnswerStream<Response> {
        RPCAnswerStream(call: try await start(path, try RPCMethod.encode(request), metadata, timeout))
    }

    /// A plain HTTP GET on the same connection. `path` includes the query. RESOURCE_EXHAUSTED when the body is longer than `maxBytes`.
    package func get(
        _ path: String, headers: [(name: String, value: String)] = [], maxBytes: Int, timeout: Duration? = nil
    ) async throws(RPCStatus) -> HTTPResponse {
        let fields = [(":method", "GET"), (":scheme", "https"), (":authority", connection.authority), (":path", path)] + headers.map { ($0.name, $0.value) }
        let call = ClientCall(connection, kind: .plain(maxBytes: maxBytes), timeout: timeout)
        try await call.start(HeaderBlock(fields), nil)
        return try await call.response()
    }

    /// Closes the connection; calls that run end with UNAVAILABLE.
    package func close() async {
        let promise = channel.eventLoop.makePromise(of: Void.self)
        channel.close(promise: promise)
        do { try await promise.futureResult.get() } catch { _ = error /* It was closed already: what we want. */ }
    }

    private func start(_ path: String, _ request: [UInt8], _ metadata: Metadata, _ timeout: Duration?) async throws(RPCStatus) -> ClientCall {
        var fields = [
            (name: ":method", value: "POST"), (name: ":scheme", value: "https"), (name: ":authority", value: connection.authority),
            (name: ":path", value: path), (name: "content-type", value: "application/grpc"), (name: "te", value: "trailers"),
            (name: "user-agent", value: "concordat"),
        ]
        if let timeout { fields.append((name: "grpc-timeout", value: GRPCTimeout.print(timeout))) }
        for field in metadata.fields { fields.append((name: field.name, value: field.value)) }
        let call = ClientCall(connection, kind: .messages(maxBytes: maxMessageBytes), timeout: timeout)
        try await call.start(HeaderBlock(fields), request)
        return call
    }

    static func decode<Response: Message>(_ bytes: [UInt8]) throws(RPCStatus) -> Response {
        do {
            return try Response(serializedBytes: bytes)
        } catch {
            throw RPCStatus(.internal, "the answer is not a valid \(Response.protoMessageName)")
        }
    }

    private static func authority(_ configuration: RPCClientConfiguration) -> String {
        let name = configuration.serverName.contains(":") ? "[\(configuration.serverName)]" : configuration.serverName
        return configuration.port == 443 ? name : "\(name):\(configuration.port)"
    }
}

/// A unary answer with the metadata that came before and after it.
package struct RPCAnswer<Response: Sendable>: Sendable {
    package let message: Response
    package let initialMetadata: Metadata
    package let trailingMetadata: Metadata
}

/// The answers of a streaming call. Iterate once. Ends by nil on status OK and throws `RPCStatus` on any other.
package struct RPCAnswerStream<Response: Message & Sendable>: AsyncSequence, Sendable {
    let call: ClientCall

    package final class AsyncIterator: AsyncIteratorProtocol {
        private let call: ClientCall

        init(_ call: ClientCall) {
            self.call = call
        }

        // An iteration that was left early: nobody will read the rest.
        deinit {
            call.cancel()
        }

        package func next() async throws(RPCStatus) -> Response? {
            guard let bytes = try await call.next() else { return nil }
            return try RPCClient.decode(bytes)
        }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(call) }

    /// Stops the call.
    package func cancel() { call.cancel() }

    /// What the server sent before its first answer and, once the iteration has ended, after its last.
    package func metadata() async -> (initial: Metadata, trailing: Metadata) { await call.metadata() }
}
