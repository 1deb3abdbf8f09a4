import HTTP2

/// The header lists of gRPC answers.
enum ResponseBlocks {
    static let okHeaders = HeaderBlock([(":status", "200"), ("content-type", "application/grpc")], isPermanent: true)
    static let okTrailers = HeaderBlock([("grpc-status", "0")], isPermanent: true)

    static func headers(_ initial: Metadata) -> HeaderBlock {
        HeaderBlock([(":status", "200"), ("content-type", "application/grpc")] + pairs(initial))
    }

    static func trailers(_ status: RPCStatus?, _ trailing: Metadata) -> HeaderBlock {
        HeaderBlock(statusFields(status) + pairs(trailing))
    }

    /// Status without any message: one header list (gRPC over HTTP/2, "Trailers-Only").
    static func trailersOnly(_ status: RPCStatus, _ initial: Metadata, _ trailing: Metadata) -> HeaderBlock {
        var fields = [(name: ":status", value: "200"), (name: "content-type", value: "application/grpc")]
        if status.code == .unimplemented { fields.append((name: "grpc-accept-encoding", value: "identity")) }
        return HeaderBlock(fields + pairs(initial) + statusFields(status) + pairs(trailing))
    }

    private static func statusFields(_ status: RPCStatus?) -> [(name: String, value: String)] {
        guard let status else { return [("grpc-status", "0")] }
        var fields = [(name: "grpc-status", value: String(status.code.rawValue))]
        if !status.message.isEmpty { fields.append((name: "grpc-message", value: StatusEncoding.percentEncode(status.message))) }
        if !status.details.isEmpty {
            fields.append((name: "grpc-status-details-bin", value: StatusEncoding.binaryHeader(StatusEncoding.serialise(status))))
        }
        return fields
    }

    private static func pairs(_ metadata: Metadata) -> [(name: String, value: String)] {
        metadata.fields.map { ($0.name, $0.value) }
    }
}
