import Synchronization

/// `grpc.health.v1.Health`: whether the server and each of its services can be used now.
package final class HealthService: Sendable {
    package enum Status: UInt64, Sendable {
        case serving = 1
        case notServing = 2
    }

    private struct State {
        var statuses: [String: Status]
        var watchers: [Int: (service: String, continuation: AsyncStream<UInt64>.Continuation)] = [:]
        var nextWatcher = 0
    }

    /// A service that is not known, in the answers of Watch.
    private static let unknown: UInt64 = 3
    /// Bound on Watch calls at once, all connections together.
    static let maxWatchers = 1_024
    private let state: Mutex<State>

    /// All `services` and the server itself (the empty name) start with `status`.
    package init(services: [String], _ status: Status = .serving) {
        var statuses = ["": status]
        for service in services { statuses[service] = status }
        state = Mutex(State(statuses: statuses))
    }

    /// Changes one service's status; the empty name is the server's.
    package func set(_ service: String, _ status: Status) {
        state.withLock { state in
            state.statuses[service] = status
            for watcher in state.watchers.values where watcher.service == service { watcher.continuation.yield(status.rawValue) }
        }
    }

    /// Changes every status, as before a stop.
    package func setAll(_ status: Status) {
        state.withLock { state in
            for service in state.statuses.keys { state.statuses[service] = status }
            for watcher in state.watchers.values { watcher.continuation.yield(status.rawValue) }
        }
    }

    /// Check and Watch.
    package var methods: [RPCMethod] {
        [
            .immediateBytes("/grpc.health.v1.Health/Check") { [self] request, _ in
                let service = try Self.service(request)
                guard let status = state.withLock({ $0.statuses[service] }) else {
                    throw RPCStatus(.notFound, "no such service")
                }
                return Self.answer(status.rawValue)
            },
            .serverStreamingBytes("/grpc.health.v1.Health/Watch") { [self] request, _, writer in
                try await watch(try Self.service(request), writer)
            },
        ]
    }

    private func watch(_ service: String, _ writer: MessageWriter) async throws {
        let (changes, continuation) = AsyncStream<UInt64>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let number: Int? = state.withLock { state in
            guard state.watchers.count < Self.maxWatchers else { return nil }
            state.nextWatcher += 1
            state.watchers[state.nextWatcher] = (service, continuation)
            continuation.yield(state.statuses[service]?.rawValue ?? Self.unknown)
            return state.nextWatcher
        }
        guard let number else { throw RPCStatus(.resourceExhausted, "too many callers watch the health of this server") }
        defer { state.withLock { _ = $0.watchers.removeValue(forKey: number) } }
        var last: UInt64?
        for await status in changes where status != last {
            last = status
            try await writer.write(Self.answer(status))
        }
        throw CancellationError()
    }

    private static func service(_ request: [UInt8]) throws(RPCStatus) -> String {
        guard request.count <= RPCLimits.maxToolRequestBytes, let fields = ProtobufReader.fields(request) else { throw RPCStatus(.invalidArgument, "the request is not a HealthCheckRequest") }
        guard let field = fields.last(where: { $0.field == 1 }) else { return "" }
        guard let name = field.value.text else { throw RPCStatus(.invalidArgument, "service is not text in UTF-8") }
        return name
    }

    private static func answer(_ status: UInt64) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.varint(1, status)
        return writer.bytes
    }
}
