import Broker
import RPC
import SwiftProtobuf
import TLS

/// One connection to a broker, for one command.
struct BrokerConnection {
    private static let callTimeout = Duration.seconds(60)

    private let client: RPCClient

    /// Connects as the options say, runs `body`, and closes the connection.
    static func open(_ options: ConnectionOptions, _ body: (BrokerConnection) async throws -> Void) async throws {
        let (host, port) = try options.address()
        let certificate = try options.certificatePath()
        let identity = TLSClientConfiguration.Identity(certificateChain: .file(certificate), privateKey: .file(try options.keyPath()))
        let client: RPCClient
        do {
            let tls = try TLSClientContext(TLSClientConfiguration(roots: .file(try options.authorityPath()), identity: identity))
            try OwnCertificate.require(certificate, at: BrokerClock.system.now())
            client = try await RPCClient.connect(RPCClientConfiguration(host: host, port: port, tls: tls))
        } catch let fault as TLSError {
            throw CommandFault.usage("\(fault)")
        } catch let status as RPCStatus {
            let remedy = status.errorInfo?.reason == RPCStatus.tlsFailed ? "--ca says whom you trust, --cert who you are" : "check the address, and that it runs"
            throw CommandFault.unavailable("the broker cannot be reached: \(visible(status.message)); \(remedy)")
        }
        do {
            try await body(BrokerConnection(client: client))
        } catch {
            await client.close()
            throw error
        }
        await client.close()
    }

    /// One call of a method of package `concordat.v1`, such as `RegistryService/WhoAmI`. `explain` may have better words for a refusal.
    func call<Request: Message & Sendable, Response: Message & Sendable>(
        _ method: String, _ request: Request, bearer token: String? = nil, explain: (RPCStatus) -> CommandFault? = { _ in nil }
    ) async throws -> Response {
        do {
            return try await send(method, request, token)
        } catch {
            if let fault = explain(error) { throw fault }
            throw CommandFault.from(error, withoutToken: token == nil)
        }
    }

    /// The same, with nil where what should be made is there already.
    func callUnlessThere<Request: Message & Sendable, Response: Message & Sendable>(
        _ method: String, _ request: Request
    ) async throws -> Response? {
        do {
            return try await send(method, request, nil)
        } catch {
            if error.code == .alreadyExists { return nil }
            throw CommandFault.from(error, withoutToken: true)
        }
    }

    /// The same, with nil where what is asked for is not there.
    func callWhereThere<Request: Message & Sendable, Response: Message & Sendable>(
        _ method: String, _ request: Request
    ) async throws -> Response? {
        do {
            return try await send(method, request, nil)
        } catch {
            if error.code == .notFound { return nil }
            throw CommandFault.from(error, withoutToken: true)
        }
    }

    /// One call with many answers. It may run as long as the broker lets it.
    func stream<Request: Message & Sendable, Response: Message & Sendable>(
        _ method: String, _ request: Request, returning: Response.Type, bearer token: String? = nil
    ) async throws -> AnswerStream<Response> {
        do throws(RPCStatus) {
            let answers = try await client.serverStreaming(
                "/concordat.v1." + method, request, returning: returning, metadata: try BrokerConnection.metadata(token))
            return AnswerStream(iterator: answers.makeAsyncIterator(), isWithoutToken: token == nil)
        } catch {
            throw CommandFault.from(error, withoutToken: token == nil)
        }
    }

    /// The answers of one call, read once.
    struct AnswerStream<Response: Message & Sendable> {
        let iterator: RPCAnswerStream<Response>.AsyncIterator
        let isWithoutToken: Bool

        /// Nil after the last of a call that ended well.
        func next() async throws(CommandFault) -> Response? {
            do throws(RPCStatus) { return try await iterator.next() } catch { throw CommandFault.from(error, withoutToken: isWithoutToken) }
        }
    }

    private func send<Request: Message & Sendable, Response: Message & Sendable>(
        _ method: String, _ request: Request, _ token: String?
    ) async throws(RPCStatus) -> Response {
        try await client.unary(
            "/concordat.v1." + method, request, metadata: try BrokerConnection.metadata(token), timeout: BrokerConnection.callTimeout)
    }

    private static func metadata(_ token: String?) throws(RPCStatus) -> Metadata {
        guard let token else { return Metadata() }
        // It goes into a header: anything but the characters of a compact JWS would be a mistake of the caller's.
        do throws(CommandFault) { try TokenText.require(token) } catch { throw RPCStatus(.invalidArgument, error.message) }
        return ["authorization": "Bearer " + token]
    }
}

extension CommandFault {
    /// A refusal in words: what the broker said, the fields that it named, and its reason code. `withoutToken`: the call carried none, so that
    /// nothing but the certificate can be what is not accepted.
    static func from(_ status: RPCStatus, withoutToken: Bool) -> CommandFault {
        var text = visible(status.message)
        for case .badRequest(let violations) in status.details {
            for violation in violations where !status.message.contains(violation.description) {
                text += "\n  \(visible(violation.field)): \(visible(violation.description))"
            }
        }
        if withoutToken, status.code == .unauthenticated {
            text = "your certificate is not registered here, or is retired: ask the administrator of your organisation or of the broker's operator (concordat registry enrol)"
        }
        if let info = status.errorInfo { text += " [\(visible(info.reason))]" }
        switch status.code {
        case .invalidArgument: return .usage(text)
        case .unavailable, .deadlineExceeded: return .unavailable("the broker did not answer: \(text)")
        case .unauthenticated: return .refused("not accepted: \(text)")
        case .permissionDenied, .failedPrecondition, .alreadyExists, .resourceExhausted, .aborted: return .refused("refused: \(text)")
        case .unimplemented:
            return .usage("this address does not take the call (\(text)); give the broker's address for partners, listen.api of its concordat.yaml, not the public one")
        case .notFound: return .refused("not found: \(text)")
        default: return .refused("\(status.code.name): \(text)")
        }
    }
}
