import HTTP2
import NIOCore
import NIOEmbedded

@testable import RPC

/// A client that may break gRPC's rules, joined to a server connection in memory, without TLS.
final class RawPeer {
    let channel: EmbeddedChannel
    let core: ServerCore
    let client: HTTP2Session
    private(set) var connection: ServerConnection?

    convenience init(
        _ methods: [RPCMethod], routes: [HTTPRoute] = [], _ limits: RPCLimits = RPCLimits(), _ http2: HTTP2Limits = HTTP2Limits()
    ) throws {
        try self.init(ServerCore(limits: limits, http2: http2, methods: methods, routes: routes))
    }

    /// Several peers of one server have one core. Those without a certificate are told apart by their address; `client` bounds what they take.
    init(_ core: ServerCore, address: String = "embedded", client limits: HTTP2Limits = HTTP2Limits()) throws {
        self.core = core
        let loop = EmbeddedEventLoop()
        channel = EmbeddedChannel(loop: loop)
        client = try HTTP2Session(.client, limits: limits, now: 0)
        let serving = ServingLoop(loop, firstCallID: 0)
        serving.start()
        guard core.admit(address, now: 0) == nil else { return }
        let connection = ServerConnection(core: core, loop: serving, remoteAddress: address, remotePort: 1)
        self.connection = connection
        try channel.pipeline.syncOperations.addHandler(HTTP2ChannelHandler(.server, limits: core.http2, application: connection))
        channel.pipeline.fireChannelActive()
        try pump()
    }

    /// Lets go of the server's side of a connection that has been closed.
    func letGo() {
        connection = nil
        channel.embeddedEventLoop.run()
    }

    /// What the server does each second, at a moment of its clock.
    func tick(_ now: UInt64) throws {
        connection?.tick(now)
        connection?.flush()
        try pump()
    }

    /// Moves bytes both ways until nothing is left.
    func pump() throws {
        for _ in 0..<50 {
            var bytes = ByteBuffer()
            while try client.pull(into: &bytes, maxBytes: .max, now: 0) {}
            if bytes.readableBytes > 0 { try channel.writeInbound(bytes) }
            channel.embeddedEventLoop.run()
            guard let answer = try channel.readOutbound(as: ByteBuffer.self) else { return }
            try client.receive(answer.readableBytesSpan, now: 0)
        }
    }

    static func fields(_ path: String, _ more: [(name: String, value: String)] = [], method: String = "POST", type: String? = "application/grpc") -> [(
        name: String, value: String
    )] {
        [(":method", method), (":scheme", "https"), (":authority", "a"), (":path", path)] + (type.map { [("content-type", $0)] } ?? []) + more
    }

    /// Sends one request and returns its stream with the answer.
    func ask(_ fields: [(name: String, value: String)], _ body: [UInt8]? = nil, end: Bool = true) throws -> HTTP2Stream {
        guard let stream = client.request(HeaderBlock(fields), end: body == nil && end) else { throw HTTP2Error.closed }
        if let body {
            client.send(stream, body)
            if end { client.finish(stream) }
        }
        try pump()
        return stream
    }
}

extension HTTP2Stream {
    /// The gRPC status wherever it stands.
    var grpcStatus: String? { trailers.first("grpc-status") ?? fields.first("grpc-status") }
}

/// One gRPC message with its five bytes.
func framed(_ message: [UInt8], flag: UInt8 = 0, length: Int? = nil) -> [UInt8] {
    let count = UInt32(length ?? message.count)
    return [flag] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) } + message
}
