import RPC

/// The one place where a fault becomes a status on the wire: code, sentence, `google.rpc.ErrorInfo` and field violations.
enum StatusMapping {
    /// `domain` of every ErrorInfo.
    static let domain = "concordat.v1"

    static func status(_ fault: CallFault, reference: String) -> RPCStatus {
        switch fault {
        case .invalid(let field, let problem): return invalid([CallFault.FieldProblem(field: field, problem: problem)])
        case .invalidFields(let problems): return invalid(problems)
        case .unauthenticated:
            return RPCStatus(
                .unauthenticated, "The call carries no identity or token that is accepted here and now. Ask for a new token with this connection's certificate.",
                details: [info("INVALID_TOKEN")])
        case .certificateChanged:
            return RPCStatus(
                .unauthenticated, "The token is bound to another certificate of this client. Ask for a new token with the present certificate.",
                details: [info("CERT_CHANGED")])
        case .revoked(let reason):
            return RPCStatus(
                .aborted, "The stream was stopped. \(DenialWords.ofStream(reason)) What has arrived has its receipts; to go on, name the last of them.",
                details: [info("REVOKED", ["cause": reason])])
        case .watchEnded:
            return RPCStatus(
                .aborted, "The watch was ended: this certificate is no longer registered, or no longer valid. Ask an administrator of your organisation.",
                details: [info("WATCH_ENDED")])
        case .denied(let reason, let paths, let unknownFields, let message):
            return RPCStatus(
                .permissionDenied,
                message.isEmpty ? DenialWords.text(reason, fields: CallFault.concerned(paths, unknownFields: unknownFields)) : message,
                details: [info(reason, paths.isEmpty ? [:] : ["fields": paths.joined(separator: ",")])])
        case .notFound(let what, let field), .concealed(let what, _, let field): return notFound(what, field)
        case .alreadyExists(let what):
            return RPCStatus(.alreadyExists, "There is \(what) already. Choose another, or use the one that is there.", details: [info("ALREADY_EXISTS")])
        case .precondition(let reason, let remedy, let problems):
            var details = [info(reason)]
            if !problems.isEmpty { details.append(.badRequest(problems.map(violation))) }
            return RPCStatus(.failedPrecondition, remedy, details: details)
        default: return rest(fault, reference: reference)
        }
    }

    private static func rest(_ fault: CallFault, reference: String) -> RPCStatus {
        switch fault {
        case .exhausted(let reason):
            return RPCStatus(.resourceExhausted, "A limit is used up (\(reason)). \(DenialWords.ofLimit(reason))", details: [info(reason)])
        case .busy(let reason, _):
            return RPCStatus(
                .resourceExhausted, "The broker is doing as much for you as it does at one time (\(reason)). Wait a moment and try again.",
                details: [info(reason), .retryInfo(delay: .seconds(1))])
        case .abandoned: return RPCStatus(.cancelled, "The call was given up before anything was done for it.")
        case .invalidScope:
            return RPCStatus(
                .invalidArgument, "The scope is not granted: it is not well formed, or it asks for what this client is not given.",
                details: [info("INVALID_SCOPE")])
        case .invalidAuthorizationDetails:
            return RPCStatus(
                .invalidArgument, "authorization_details is not accepted: send one object of type urn:concordat:exchange:1 with known members.",
                details: [info("INVALID_AUTHORIZATION_DETAILS")])
        case .unavailable(let part):
            return RPCStatus(
                .unavailable, "The broker cannot do this now (\(part)). Nothing was released or changed; try again.",
                details: [info("UNAVAILABLE"), .retryInfo(delay: .seconds(1))])
        case .interrupted(let part):
            return RPCStatus(
                .unavailable, "The stream was interrupted (\(part)). What has arrived has its receipts; to go on, name the last of them.",
                details: [info("INTERRUPTED"), .retryInfo(delay: .seconds(1))])
        default:
            return RPCStatus(
                .internal, "The broker met an error of its own. Nothing was released. Quote \(reference) to its operator.",
                details: [info("INTERNAL", ["reference": reference])])
        }
    }

    private static func invalid(_ problems: [CallFault.FieldProblem]) -> RPCStatus {
        let first = problems.first.map { "\($0.field) \($0.problem)" } ?? "The request is invalid"
        let more = problems.count > 1 ? " (and \(problems.count - 1) more)" : ""
        return RPCStatus(
            .invalidArgument, String(first.prefix(900)) + more, details: [info("REQUEST_INVALID"), .badRequest(problems.map(violation))])
    }

    private static func notFound(_ what: String, _ field: String) -> RPCStatus {
        guard !field.isEmpty else {
            return RPCStatus(.notFound, "There is no such thing as \(what), or it is not for this caller.", details: [info("NOT_FOUND")])
        }
        let problem = "there is no such thing as \(what), or it is not for this caller"
        return RPCStatus(
            .notFound, "\(field): \(problem). Correct it.", details: [info("NOT_FOUND"), .badRequest([violation(.init(field: field, problem: problem))])])
    }

    private static func violation(_ problem: CallFault.FieldProblem) -> RPCDetail.FieldViolation {
        let line = problem.line > 0 ? "line \(problem.line): " : ""
        return RPCDetail.FieldViolation(field: problem.field, description: line + problem.problem)
    }

    private static func info(_ reason: String, _ metadata: [String: String] = [:]) -> RPCDetail {
        .errorInfo(reason: reason.uppercased(), domain: domain, metadata: metadata)
    }
}
