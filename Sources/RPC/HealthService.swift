import Synchronization

/// `grpc.health.v1.Health`: whether the server and each of its services can be used now.
package final class HealthService: Sendable {
    package enum Status: UInt64, Sendable {
        case serving = 1
        case notServing = 2
    }

    private struct State {
        var statuses: [String: Status]
        var watchers: [Int: Watcher] = [:]
        /// How many watches each peer has.
        var perPeer: [PeerIdentity: Int] = [:]
        var nextWatcher = 0
    }

    private struct Watcher {
        let service: String
        let peer: PeerIdentity
        let continuation: AsyncStream<UInt64>.Continuation
    }

    /// A service that is not known, in the answers of Watch.
    private static let unknown: UInt64 = 3
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
            .serverStreamingBytes("/grpc.health.v1.Health/Watch") { [self] request, context, writer in
                try await watch(try Self.service(request), PeerIdentity(context.peer), writer)
            },
        ]
    }

    private func watch(_ service: String, _ peer: PeerIdentity, _ writer: MessageWriter) async throws {
        let (changes, continuation) = AsyncStream<UInt64>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let number: Int? = state.withLock { state in
            let own = state.perPeer[peer] ?? 0
            guard state.watchers.count < RPCLimits.maxHealthWatches, own < RPCLimits.maxHealthWatchesPerPeer else { return nil }
            state.nextWatcher += 1
            state.watchers[state.nextWatcher] = Watcher(service: service, peer: peer, continuation: continuation)
            state.perPeer[peer] = own + 1
            continuation.yield(state.statuses[service]?.rawValue ?? Self.unknown)
            return state.nextWatcher
        }
        guard let number else { throw RPCStatus(.resourceExhausted, "too many calls watch the health of this server; end some of yours, or use Check") }
        defer { end(number) }
        var last: UInt64?
        for await status in changes where status != last {
            last = status
            try await writer.write(Self.answer(status))
        }
        throw CancellationError()
    }

    private func end(_ number: Int) {
        state.withLock { state in
            guard let watcher = state.watchers.removeValue(forKey: number), let own = state.perPeer[watcher.peer] else { return }
            state.perPeer[watcher.peer] = own > 1 ? own - 1 : nil
        }
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
