// The server of gRPC's published interoperability tests, on our transport, without any meaning of its own:
// interop-server PORT CERTIFICATE KEY
// Serves grpc.testing.TestService but its UnimplementedCall, to anybody: Google's client has no certificate to show.
import Foundation
import NIOPosix
import RPC
import TLS

let arguments = CommandLine.arguments
guard arguments.count == 4, let port = Int(arguments[1]) else {
    print("usage: interop-server PORT CERTIFICATE KEY")
    throw TLSError.refusedSetting(setting: "arguments")
}
let context = try TLSServerContext(
    TLSServerConfiguration(certificateChain: .file(arguments[2]), privateKey: .file(arguments[3]), clientCertificates: .none))
let configuration = RPCServerConfiguration(
    host: "127.0.0.1", port: port, tls: context, group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
let server = RPCServer(configuration, methods: TestService.methods)
try await server.start()
try FileHandle.standardOutput.write(contentsOf: Data("serving on \(server.port ?? 0)\n".utf8))
while !Task.isCancelled { try await Task.sleep(for: .seconds(3600)) }
