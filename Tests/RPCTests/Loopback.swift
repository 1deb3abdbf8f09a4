import NIOCore
import NIOPosix
import SwiftProtobuf
import TLS
import TransportFixtures

@testable import RPC

/// A server on a port of the loopback interface and what clients need to reach it.
struct Loopback {
    static let folder = Result { try CertificateFolder() }

    let server: RPCServer
    let port: Int
    let folder: CertificateFolder

    static func start(
        _ methods: [RPCMethod] = [], routes: [HTTPRoute] = [], demandsCertificate: Bool = true, _ adjust: (inout RPCServerConfiguration) -> Void = { _ in }
    ) async throws -> Loopback {
        let folder = try Self.folder.get()
        let pair = folder.pair("server")
        let tls = try TLSServerContext(
            TLSServerConfiguration(
                certificateChain: .file(pair.certificate), privateKey: .file(pair.key),
                clientCertificates: demandsCertificate ? .required(roots: .file(folder.file("ca.pem"))) : .none))
        var configuration = RPCServerConfiguration(host: "127.0.0.1", port: 0, tls: tls, group: .singleton)
        adjust(&configuration)
        let server = RPCServer(configuration, methods: methods, routes: routes)
        try await server.start()
        return Loopback(server: server, port: server.port ?? 0, folder: folder)
    }

    func client(certificate: String? = "client", _ adjust: (inout RPCClientConfiguration) -> Void = { _ in }) async throws -> RPCClient {
        let identity = certificate.map { name in
            TLSClientConfiguration.Identity(
                certificateChain: .file(folder.pair(name).certificate), privateKey: .file(folder.pair(name).key))
        }
        let tls = try TLSClientContext(TLSClientConfiguration(roots: .file(folder.file("ca.pem")), identity: identity))
        var configuration = RPCClientConfiguration(host: "localhost", port: port, tls: tls)
        adjust(&configuration)
        return try await RPCClient.connect(configuration)
    }

    /// Runs `body` with a connected client and stops everything afterwards.
    func with(_ body: (RPCClient) async throws -> Void) async throws {
        let client = try await client()
        do {
            try await body(client)
        } catch {
            await stop(client)
            throw error
        }
        await stop(client)
    }

    private func stop(_ client: RPCClient) async {
        await client.close()
        await server.stop(within: .seconds(2))
    }
}

typealias Text = Google_Protobuf_StringValue
typealias Number = Google_Protobuf_Int64Value
