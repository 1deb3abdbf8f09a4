import COpenSSL
import NIOCore
import TransportFixtures

@testable import TLS

/// Two sessions joined in memory.
struct Handshake {
    static let folder = Result { try CertificateFolder() }

    let client: TLSSession
    let server: TLSSession
    private(set) var clientError: TLSError?
    private(set) var serverError: TLSError?
    private let allocator = ByteBufferAllocator()

    init(_ client: TLSSession, _ server: TLSSession) {
        self.client = client
        self.server = server
    }

    /// Exchanges flights until nothing moves. `step` bytes at a time.
    mutating func run(step: Int = .max) {
        for _ in 0..<20 {
            drive(client, &clientError)
            let there = move(from: client, to: server, step)
            drive(server, &serverError)
            let back = move(from: server, to: client, step)
            if !there, !back { return }
        }
    }

    private func drive(_ session: TLSSession, _ error: inout TLSError?) {
        guard error == nil else { return }
        do throws(TLSError) {
            try session.handshake()
        } catch let fault {
            error = fault
        }
    }

    private mutating func move(from: TLSSession, to: TLSSession, _ step: Int) -> Bool {
        guard var bytes = from.takeCiphertext(allocator) else { return false }
        while let part = bytes.readSlice(length: min(step, bytes.readableBytes)), part.readableBytes > 0 {
            to.feed(part)
            if step < .max {
                if to === server { drive(server, &serverError) } else { drive(client, &clientError) }
            }
        }
        return true
    }

    /// Bytes that `session` has for its peer, without being asked.
    func waiting(_ session: TLSSession) -> Int {
        session.takeCiphertext(allocator)?.readableBytes ?? 0
    }
}

func serverContext(
    _ folder: CertificateFolder, _ name: String = "server", roots: String = "ca", demands: Bool = true,
    _ adjust: (inout TLSServerConfiguration) -> Void = { _ in }
) throws -> TLSServerContext {
    let pair = folder.pair(name)
    var configuration = TLSServerConfiguration(
        certificateChain: .file(pair.certificate), privateKey: .file(pair.key),
        clientCertificates: demands ? .required(roots: .file(folder.file("\(roots).pem"))) : .none)
    adjust(&configuration)
    return try TLSServerContext(configuration)
}

func clientContext(
    _ folder: CertificateFolder, _ name: String? = "client", roots: String = "ca", _ adjust: (inout TLSClientConfiguration) -> Void = { _ in }
) throws -> TLSClientContext {
    let identity = name.map {
        TLSClientConfiguration.Identity(certificateChain: .file(folder.pair($0).certificate), privateKey: .file(folder.pair($0).key))
    }
    var configuration = TLSClientConfiguration(roots: .file(folder.file("\(roots).pem")), identity: identity)
    adjust(&configuration)
    return try TLSClientContext(configuration)
}

func shake(_ client: TLSClientContext, _ server: TLSServerContext, name: String = "localhost", step: Int = .max) throws -> Handshake {
    var handshake = Handshake(try TLSSession(client, serverName: name), try TLSSession(server))
    handshake.run(step: step)
    return handshake
}
