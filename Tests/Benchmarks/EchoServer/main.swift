// A server without any meaning, for measuring and trying the transport:
// echo-server PORT CERTIFICATE KEY CLIENT-ROOTS [LOOPS]
import NIOPosix
import RPC
import TLS

let arguments = CommandLine.arguments
guard arguments.count >= 5, let port = Int(arguments[1]) else {
    print("usage: echo-server PORT CERTIFICATE KEY CLIENT-ROOTS [LOOPS]")
    throw TLSError.refusedSetting(setting: "arguments")
}
let context = try TLSServerContext(
    TLSServerConfiguration(
        certificateChain: .file(arguments[2]), privateKey: .file(arguments[3]), clientCertificates: .required(roots: .file(arguments[4]))))
let group = MultiThreadedEventLoopGroup(numberOfThreads: arguments.count > 5 ? Int(arguments[5]) ?? 1 : 1)
var configuration = RPCServerConfiguration(host: "127.0.0.1", port: port, tls: context, group: group)
configuration.connectionObserver = { report in print("connection from \(report.remoteAddress): \(report.reason)") }
if arguments.count > 6 {
    configuration.observer = { report in print("\(report.method) \(report.callID) \(report.code.name) \(report.nanoseconds) ns") }
}

/// 300 bytes as field 1 of a message, whatever was asked.
let answer: [UInt8] = [0x0A, 0xA9, 0x02] + [UInt8](repeating: 0x78, count: 297)

let methods: [RPCMethod] = [
    .immediateBytes("/echo.Echo/Unary") { _, _ in answer },
    .unaryBytes("/echo.Echo/Async") { _, _ in answer },
    .unaryBytes("/echo.Echo/Wait") { request, context in
        try await Task.sleep(for: .seconds(30))
        return request
    },
    .immediateBytes("/echo.Echo/Same") { request, context in
        if let value = context.metadata("x-initial") { context.addInitialMetadata("x-initial", value) }
        if let value = try context.metadataBytes("x-trailing-bin") { context.addTrailingMetadata("x-trailing-bin", bytes: value) }
        return request
    },
    .immediateBytes("/echo.Echo/Who") { _, context in Array((context.peer.thumbprint?.base64URL ?? "nobody").utf8) },
    .immediateBytes("/echo.Echo/Fail") { _, _ in
        throw RPCStatus(
            .permissionDenied, "nein, 100 % sicher: ü",
            details: [
                .errorInfo(reason: "NOT_LISTED", domain: "concordat", metadata: ["field": "a.b"]),
                .badRequest([.init(field: "terms.fields", description: "unknown field")]), .retryInfo(delay: .milliseconds(1500)),
            ])
    },
    .serverStreamingBytes("/echo.Echo/Stream") { request, _, writer in
        for _ in 0..<1000 { try await writer.write(request) }
    },
    .bidirectionalBytes("/echo.Echo/Both") { reader, _, writer in
        while let message = try await reader.next() { try await writer.write(message) }
    },
]
let server = RPCServer(
    configuration, methods: methods,
    routes: [
        HTTPRoute(path: "/healthz") { _ in .text(200, "ok") },
        HTTPRoute(prefix: "/bytes/") { request in
            HTTPResponse(status: 200, body: [UInt8](repeating: 0x61, count: Int(request.path.dropFirst(7)) ?? 0))
        },
    ])
try await server.start()
print("serving on \(server.port ?? 0)")
while !Task.isCancelled { try await Task.sleep(for: .seconds(3600)) }
