/// The status codes of gRPC.
package enum RPCCode: Int, Sendable, CaseIterable {
    case ok = 0, cancelled, unknown, invalidArgument, deadlineExceeded, notFound, alreadyExists, permissionDenied, resourceExhausted
    case failedPrecondition, aborted, outOfRange, unimplemented, `internal`, unavailable, dataLoss, unauthenticated

    /// The name as gRPC documents write it, such as `PERMISSION_DENIED`.
    package var name: String {
        switch self {
        case .ok: "OK"
        case .cancelled: "CANCELLED"
        case .unknown: "UNKNOWN"
        case .invalidArgument: "INVALID_ARGUMENT"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .notFound: "NOT_FOUND"
        case .alreadyExists: "ALREADY_EXISTS"
        case .permissionDenied: "PERMISSION_DENIED"
        case .resourceExhausted: "RESOURCE_EXHAUSTED"
        case .failedPrecondition: "FAILED_PRECONDITION"
        case .aborted: "ABORTED"
        case .outOfRange: "OUT_OF_RANGE"
        case .unimplemented: "UNIMPLEMENTED"
        case .internal: "INTERNAL"
        case .unavailable: "UNAVAILABLE"
        case .dataLoss: "DATA_LOSS"
        case .unauthenticated: "UNAUTHENTICATED"
        }
    }
}

/// How a call ended, when not well. Thrown by handlers and by the client.
package struct RPCStatus: Error, Equatable, Sendable, CustomStringConvertible {
    package var code: RPCCode
    /// For people. Holds no personal data and no secrets: it goes to the caller.
    package var message: String
    package var details: [RPCDetail]

    package init(_ code: RPCCode, _ message: String, details: [RPCDetail] = []) {
        self.code = code
        self.message = message
        self.details = details
    }

    /// What gRPC's compression document asks of a server that takes none (`compression.md`): UNIMPLEMENTED, and `grpc-accept-encoding` beside it.
    static let compressedMessage = RPCStatus(.unimplemented, "compressed messages are not accepted; send them with grpc-encoding identity")

    /// The first ErrorInfo among the details.
    package var errorInfo: (reason: String, domain: String, metadata: [String: String])? {
        for case .errorInfo(let reason, let domain, let metadata) in details { return (reason, domain, metadata) }
        return nil
    }

    package var description: String { "\(code.name): \(message)" }
}

/// A typed detail of a status (google.rpc, `error_details.proto`).
package enum RPCDetail: Equatable, Sendable {
    package struct FieldViolation: Equatable, Sendable {
        package var field: String
        package var description: String

        package init(field: String, description: String) {
            self.field = field
            self.description = description
        }
    }

    /// Why, for programs: `reason` is UPPER_SNAKE_CASE within `domain`.
    case errorInfo(reason: String, domain: String, metadata: [String: String])
    case badRequest([FieldViolation])
    /// When to try again, from now.
    case retryInfo(delay: Duration)
    /// Any other type, as its URL and serialised message.
    case other(typeURL: String, value: [UInt8])
}
