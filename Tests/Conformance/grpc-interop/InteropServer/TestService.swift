import Foundation
import RPC
import SwiftProtobuf

/// `grpc.testing.TestService`, as gRPC's interoperability test descriptions have it, but for its UnimplementedCall.
enum TestService {
    typealias OutputRequest = Grpc_Testing_StreamingOutputCallRequest
    typealias OutputWriter = ResponseWriter<Grpc_Testing_StreamingOutputCallResponse>

    static let methods: [RPCMethod] = [
        .immediate("/grpc.testing.TestService/EmptyCall") { (_: Grpc_Testing_Empty, _) in Grpc_Testing_Empty() },
        .unary("/grpc.testing.TestService/UnaryCall", unary),
        .unary("/grpc.testing.TestService/CacheableUnaryCall", unary),
        .clientStreaming("/grpc.testing.TestService/StreamingInputCall") { (requests: RequestStream<Grpc_Testing_StreamingInputCallRequest>, _) in
            var answer = Grpc_Testing_StreamingInputCallResponse()
            for try await request in requests { answer.aggregatedPayloadSize &+= Int32(clamping: request.payload.body.count) }
            return answer
        },
        .serverStreaming("/grpc.testing.TestService/StreamingOutputCall") { (request: OutputRequest, _, writer) in
            try await answer(request, writer)
        },
        .bidirectional("/grpc.testing.TestService/FullDuplexCall") { (requests: RequestStream<OutputRequest>, context, writer: OutputWriter) in
            try echoMetadata(context)
            for try await request in requests { try await answer(request, writer) }
        },
        .bidirectional("/grpc.testing.TestService/HalfDuplexCall") { (requests: RequestStream<OutputRequest>, _, writer: OutputWriter) in
            var kept: [OutputRequest] = []
            for try await request in requests {
                guard kept.count < maxKeptRequests else {
                    throw RPCStatus(.resourceExhausted, "a half-duplex call may hold \(maxKeptRequests) requests; send fewer")
                }
                kept.append(request)
            }
            for request in kept { try await answer(request, writer) }
        },
    ]

    /// Requests that a half-duplex call may hold before it answers.
    private static let maxKeptRequests = 1_000
    /// Longest payload that may be asked for, in bytes: with the heads of its two fields it stays within the client's 4 MiB.
    private static let maxPayloadBytes = 4 * 1024 * 1024 - 16

    private static let unary: @Sendable (Grpc_Testing_SimpleRequest, CallContext) async throws -> Grpc_Testing_SimpleResponse = { request, context in
        try echoMetadata(context)
        try requireNoStatus(request.responseStatus)
        return try .with { $0.payload = try payload(bytes: request.responseSize) }
    }

    private static func answer(_ request: OutputRequest, _ writer: OutputWriter) async throws {
        try requireNoStatus(request.responseStatus)
        for wanted in request.responseParameters {
            if wanted.intervalUs > 0 { try await Task.sleep(for: .microseconds(Int(wanted.intervalUs))) }
            try await writer.write(.with { $0.payload = try payload(bytes: wanted.size) })
        }
    }

    /// Zeros, as the descriptions ask.
    private static func payload(bytes count: Int32) throws(RPCStatus) -> Grpc_Testing_Payload {
        guard (0...maxPayloadBytes).contains(Int(count)) else {
            throw RPCStatus(.invalidArgument, "a payload has 0 to \(maxPayloadBytes) bytes")
        }
        return .with { $0.body = Data(count: Int(count)) }
    }

    /// Ends the call with the status that the caller wants, unless that is OK.
    private static func requireNoStatus(_ wanted: Grpc_Testing_EchoStatus) throws(RPCStatus) {
        guard wanted.code != 0 else { return }
        throw RPCStatus(RPCCode(rawValue: Int(wanted.code)) ?? .unknown, wanted.message)
    }

    /// The two fields that a caller may have back, one before the first message and one after the last.
    private static func echoMetadata(_ context: CallContext) throws(RPCStatus) {
        if let value = context.metadata("x-grpc-test-echo-initial") { context.addInitialMetadata("x-grpc-test-echo-initial", value) }
        if let value = try context.metadataBytes("x-grpc-test-echo-trailing-bin") {
            context.addTrailingMetadata("x-grpc-test-echo-trailing-bin", bytes: value)
        }
    }
}
