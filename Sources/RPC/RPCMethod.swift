import SwiftProtobuf

/// One method of a service: its path, its kind and the function that answers it.
///
/// Handlers run on the connection's event loop until they wait for something; they must not block. What they throw becomes the call's
/// status: an `RPCStatus` as it is, cancellation as CANCELLED, anything else as INTERNAL without its text.
package struct RPCMethod: Sendable {
    package enum Kind: Sendable { case unary, serverStreaming, clientStreaming, bidirectional }

    enum Implementation: Sendable {
        case immediate(@Sendable ([UInt8], CallContext) throws -> [UInt8])
        case unary(@Sendable ([UInt8], CallContext) async throws -> [UInt8])
        case serverStreaming(@Sendable ([UInt8], CallContext, MessageWriter) async throws -> Void)
        case clientStreaming(@Sendable (MessageReader, CallContext) async throws -> [UInt8])
        case bidirectional(@Sendable (MessageReader, CallContext, MessageWriter) async throws -> Void)
    }

    /// `/package.Service/Method`, compared byte for byte.
    package let path: String
    let implementation: Implementation
    /// Whether its handler ends by itself in a time that its caller knows: then `RPCLimits.maxCallNanoseconds` is not for it.
    private(set) var boundsItself = false

    /// The same method, whose handler ends by itself in a time that its caller knows.
    package func boundingItself() -> RPCMethod {
        var method = self
        method.boundsItself = true
        return method
    }

    package var kind: Kind {
        switch implementation {
        case .immediate, .unary: .unary
        case .serverStreaming: .serverStreaming
        case .clientStreaming: .clientStreaming
        case .bidirectional: .bidirectional
        }
    }

    /// One request, one answer.
    package static func unary<Request: Message & Sendable, Response: Message & Sendable>(
        _ path: String, _ handler: @escaping @Sendable (Request, CallContext) async throws -> Response
    ) -> RPCMethod {
        RPCMethod(
            path: path,
            implementation: .unary { bytes, context in
                try encode(try await handler(try decode(bytes), context))
            })
    }

    /// One request, one answer, computed without waiting: the fastest kind.
    package static func immediate<Request: Message, Response: Message>(
        _ path: String, _ handler: @escaping @Sendable (Request, CallContext) throws -> Response
    ) -> RPCMethod {
        RPCMethod(path: path, implementation: .immediate { bytes, context in try encode(try handler(try decode(bytes), context)) })
    }

    /// One request, many answers.
    package static func serverStreaming<Request: Message & Sendable, Response: Message & Sendable>(
        _ path: String, _ handler: @escaping @Sendable (Request, CallContext, ResponseWriter<Response>) async throws -> Void
    ) -> RPCMethod {
        RPCMethod(
            path: path,
            implementation: .serverStreaming { bytes, context, writer in
                try await handler(try decode(bytes), context, ResponseWriter(writer: writer))
            })
    }

    /// Many requests, one answer.
    package static func clientStreaming<Request: Message & Sendable, Response: Message & Sendable>(
        _ path: String, _ handler: @escaping @Sendable (RequestStream<Request>, CallContext) async throws -> Response
    ) -> RPCMethod {
        RPCMethod(
            path: path,
            implementation: .clientStreaming { reader, context in
                try encode(try await handler(RequestStream(reader: reader), context))
            })
    }

    /// Many requests, many answers.
    package static func bidirectional<Request: Message & Sendable, Response: Message & Sendable>(
        _ path: String, _ handler: @escaping @Sendable (RequestStream<Request>, CallContext, ResponseWriter<Response>) async throws -> Void
    ) -> RPCMethod {
        RPCMethod(
            path: path,
            implementation: .bidirectional { reader, context, writer in
                try await handler(RequestStream(reader: reader), context, ResponseWriter(writer: writer))
            })
    }

    /// Unary on serialised messages, for callers that read the request's bytes themselves.
    package static func unaryBytes(_ path: String, _ handler: @escaping @Sendable ([UInt8], CallContext) async throws -> [UInt8]) -> RPCMethod {
        RPCMethod(path: path, implementation: .unary(handler))
    }

    /// The same, computed without waiting.
    package static func immediateBytes(_ path: String, _ handler: @escaping @Sendable ([UInt8], CallContext) throws -> [UInt8]) -> RPCMethod {
        RPCMethod(path: path, implementation: .immediate(handler))
    }

    /// Server streaming on serialised messages.
    package static func serverStreamingBytes(
        _ path: String, _ handler: @escaping @Sendable ([UInt8], CallContext, MessageWriter) async throws -> Void
    ) -> RPCMethod {
        RPCMethod(path: path, implementation: .serverStreaming(handler))
    }

    /// Bidirectional streaming on serialised messages.
    package static func bidirectionalBytes(
        _ path: String, _ handler: @escaping @Sendable (MessageReader, CallContext, MessageWriter) async throws -> Void
    ) -> RPCMethod {
        RPCMethod(path: path, implementation: .bidirectional(handler))
    }

    static func decode<Request: Message>(_ bytes: [UInt8]) throws(RPCStatus) -> Request {
        do {
            return try Request(serializedBytes: bytes)
        } catch {
            throw RPCStatus(.invalidArgument, "the request is not a valid \(Request.protoMessageName); check the .proto file used by the client")
        }
    }

    static func encode<Response: Message>(_ response: Response) throws(RPCStatus) -> [UInt8] {
        do {
            return try response.serializedBytes()
        } catch {
            throw RPCStatus(.internal, "the answer could not be serialised")
        }
    }
}
