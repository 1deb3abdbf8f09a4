import COpenSSL
import Cryptography
import NIOCore
import Testing
import TransportFixtures

@testable import TLS

@Suite struct HandshakeTests {
    let folder: CertificateFolder

    init() throws { folder = try Handshake.folder.get() }

    /// The reason the server gave, or what happened instead.
    private func refusal(_ handshake: Handshake) -> String {
        switch handshake.serverError {
        case .handshakeFailed(let reason): reason
        case let other?: "\(other)"
        case nil: "accepted"
        }
    }

    private func refusal(ofClient name: String) throws -> String {
        refusal(try shake(clientContext(folder, name), serverContext(folder)))
    }

    @Test func matchingPairAgrees() throws {
        let handshake = try shake(clientContext(folder), serverContext(folder))
        #expect(handshake.serverError == nil)
        #expect(handshake.clientError == nil)
        let peer = handshake.server.peer()
        #expect(peer.applicationProtocol == "h2")
        #expect(peer.version == "TLSv1.3")
        let der = try #require(peer.leafDER)
        #expect(peer.thumbprint == Thumbprint(Digest.sha256(der)))
        #expect(try X509Certificate(der: der).der == der)
    }

    @Test func handshakeByteByByteAgrees() throws {
        let handshake = try shake(clientContext(folder), serverContext(folder), step: 1)
        #expect(handshake.serverError == nil)
        #expect(handshake.server.progress == .established)
    }

    /// How many bytes arrive of so many.
    private func send(_ count: Int, from: TLSSession, to: TLSSession) throws -> Int {
        try from.write(ByteBuffer(repeating: 7, count: count))
        to.feed(try #require(from.takeCiphertext(ByteBufferAllocator())))
        var plain = ByteBuffer()
        try to.read(into: &plain)
        return plain.readableBytes
    }

    @Test func connectionThatHasRestedGoesOn() throws {
        let handshake = try shake(clientContext(folder), serverContext(folder))
        let (client, server) = (handshake.client, handshake.server)
        #expect(try send(20_000, from: client, to: server) == 20_000)
        #expect(server.releaseBuffers() && client.releaseBuffers())
        #expect(server.releaseBuffers())
        #expect(try send(20_000, from: server, to: client) == 20_000)
        #expect(try send(1, from: client, to: server) == 1)
        // Half a record is in use.
        try client.write(ByteBuffer(repeating: 7, count: 100))
        var record = try #require(client.takeCiphertext(ByteBufferAllocator()))
        let half = record.readSlice(length: 50)
        server.feed(try #require(half))
        var plain = ByteBuffer()
        try server.read(into: &plain)
        #expect(!server.releaseBuffers())
        server.feed(record)
        try server.read(into: &plain)
        #expect(plain.readableBytes == 100)
    }

    @Test func connectionAtRestKeepsNoMemoryOfItsLongestAnswer() throws {
        let handshake = try shake(clientContext(folder), serverContext(folder))
        let (client, server) = (handshake.client, handshake.server)
        #expect(try send(300_000, from: server, to: client) == 300_000)
        #expect(server.keptMemory >= 300_000 && client.keptMemory >= 300_000)
        #expect(server.releaseBuffers() && client.releaseBuffers())
        #expect(server.keptMemory <= 8_192 && client.keptMemory <= 8_192)
        #expect(try send(300_000, from: client, to: server) == 300_000)
        #expect(try send(1, from: server, to: client) == 1)
    }

    /// CVE-2024-4741: fixed in 3.0.14, 3.1.6, 3.2.2 and 3.3.1. OPENSSL_VERSION_NUMBER is 0xMNN00PP0.
    @Test func noBufferIsReleasedByAnOpenSSLThatFreesThoseInUse() {
        for (version, may) in [
            (0x3000_00D0, false), (0x3000_00E0, true), (0x3010_0050, false), (0x3010_0060, true), (0x3020_0010, false), (0x3020_0020, true),
            (0x3030_0000, false), (0x3030_0010, true), (0x3040_0000, true), (0x1010_1000, false),
        ] as [(UInt, Bool)] {
            #expect(TLSSession.mayReleaseBuffers(version: version) == may, "\(String(version, radix: 16))")
        }
    }

    @Test func clientWithoutCertificateIsRefused() throws {
        #expect(refusal(try shake(clientContext(folder, nil), serverContext(folder))) == "peer did not return a certificate")
    }

    @Test func publicListenerAsksForNoCertificate() throws {
        let handshake = try shake(clientContext(folder, nil), serverContext(folder, demands: false))
        #expect(handshake.serverError == nil)
        #expect(handshake.server.peer().leafDER == nil)
    }

    @Test func certificateOfAnotherAuthorityIsRefused() throws {
        try folder.authority("stranger")
        try folder.issue("foreign", by: "stranger", usage: "clientAuth")
        #expect(try refusal(ofClient: "foreign") == "certificate verify failed: unable to get local issuer certificate")
    }

    @Test func expiredCertificateIsRefused() throws {
        try folder.issue("expired", by: "ca", usage: "clientAuth", days: -1)
        #expect(try refusal(ofClient: "expired") == "certificate verify failed: certificate has expired")
    }

    @Test func serverCertificateIsNoClientCertificate() throws {
        try folder.issue("wrong-usage", by: "ca", usage: "serverAuth")
        #expect(try refusal(ofClient: "wrong-usage").hasPrefix("certificate verify failed: unsuit"))
    }

    @Test func certificateWithoutUsageIsRefused() throws {
        try folder.issue("no-usage", by: "ca", usage: nil)
        #expect(try refusal(ofClient: "no-usage").hasPrefix("certificate verify failed: unsuit"))
    }

    @Test func shortKeyIsRefused() throws {
        try folder.issue("short", by: "ca", usage: "clientAuth", key: "1024")
        // Our own client refuses to load such a key as well; show it to the server by a client that does not mind.
        let client = try weakClient("short")
        #expect(refusal(try shake(client, serverContext(folder))).hasPrefix("certificate verify failed: EE certificate key too weak"))
    }

    @Test func oldDigestIsRefused() throws {
        try folder.issue("sha1", by: "ca", usage: "clientAuth", digest: "-sha1")
        let client = try weakClient("sha1")
        #expect(refusal(try shake(client, serverContext(folder))).hasPrefix("certificate verify failed: CA signature digest algorithm too weak"))
    }

    @Test func longCertificateIsRefused() throws {
        let names = (0..<3000).map { "DNS:host\($0).example" }.joined(separator: ",")
        try folder.issue("long", by: "ca", usage: "clientAuth", names: names)
        #expect(try refusal(ofClient: "long") == "excessive message size")
    }

    @Test func oldProtocolIsRefused() throws {
        let client = try clientContext(folder) { $0.versions = .tls12AndLater }
        #expect(concordat_ssl_ctx_set_protocols(client.handle.context, TLS1_2_VERSION, TLS1_2_VERSION) == 1)
        #expect(refusal(try shake(client, serverContext(folder))) == "unsupported protocol")
        let handshake = try shake(client, serverContext(folder) { $0.versions = .tls12AndLater })
        #expect(handshake.server.peer().version == "TLSv1.2")
    }

    @Test func applicationProtocolIsRequired() throws {
        let none = try clientContext(folder) { $0.applicationProtocols = [] }
        #expect(try shake(none, serverContext(folder)).serverError == .noApplicationProtocol)
        for name in ["h3", "spdy/3", "http/1.1"] {
            let other = try clientContext(folder) { $0.applicationProtocols = [name] }
            #expect(refusal(try shake(other, serverContext(folder))) == "no application protocol")
        }
    }

    @Test func serverOfAnotherNameOrAuthorityIsRefused() throws {
        let named = try shake(clientContext(folder), serverContext(folder), name: "example.org")
        #expect(named.clientError == .untrustedServer(.otherName))
        try folder.authority("other-root")
        let trusted = try shake(clientContext(folder, roots: "other-root"), serverContext(folder))
        #expect(trusted.clientError == .untrustedServer(.unknownIssuer))
        #expect(try shake(clientContext(folder), serverContext(folder), name: "127.0.0.1").clientError == nil)
        #expect(try shake(clientContext(folder), serverContext(folder), name: "127.0.0.2").clientError == .untrustedServer(.otherName))
    }

    @Test func clientSaysWhatIsWrongWithTheServersCertificate() throws {
        try folder.issue("ended-server", by: "ca", usage: "serverAuth", names: "DNS:localhost", days: -1)
        #expect(try shake(clientContext(folder), serverContext(folder, "ended-server")).clientError == .untrustedServer(.ended))
        try folder.issue("not-a-server", by: "ca", usage: "clientAuth", names: "DNS:localhost")
        #expect(try shake(clientContext(folder), serverContext(folder, "not-a-server")).clientError == .untrustedServer(.notForServers))
    }

    /// In TLS 1.3 the client's handshake is done before the server looks at its certificate: the alert (RFC 8446 section 6.2) comes as it reads.
    @Test func clientSaysWithWhichAlertItsCertificateWasRefused() throws {
        try folder.issue("ended-client", by: "ca", usage: "clientAuth", days: -1)
        try folder.issue("not-a-client", by: "ca", usage: "serverAuth")
        try folder.authority("strange-root")
        try folder.issue("strange-client", by: "strange-root", usage: "clientAuth")
        for (name, code) in [("ended-client", 45), ("not-a-client", 43), ("strange-client", 48), (nil, 116)] as [(String?, UInt8)] {
            let handshake = try shake(clientContext(folder, name), serverContext(folder))
            #expect(handshake.client.progress == .established)
            var plaintext = ByteBuffer()
            #expect(throws: TLSError.endedByServer(TLSAlert(code: code)), "\(name ?? "no certificate")") { try handshake.client.read(into: &plaintext) }
        }
        #expect(TLSAlert(code: 45).name == "certificate_expired" && TLSAlert(code: 116).name == "certificate_required" && TLSAlert(code: 255).name == nil)
    }

    @Test func noTicketIsIssued() throws {
        let handshake = try shake(clientContext(folder), serverContext(folder))
        #expect(handshake.server.progress == .established)
        #expect(handshake.waiting(handshake.server) == 0)
        #expect(handshake.waiting(handshake.client) == 0)
    }

    @Test func longWritesArriveWhole() throws {
        let handshake = try shake(clientContext(folder), serverContext(folder))
        let sent = ByteBuffer(bytes: (0..<900_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        try handshake.server.write(sent)
        let ciphertext = try #require(handshake.server.takeCiphertext(ByteBufferAllocator()))
        handshake.client.feed(ciphertext)
        var received = ByteBuffer()
        try handshake.client.read(into: &received)
        #expect(received == sent)
    }

    /// A client context whose own security level accepts weak certificates.
    private func weakClient(_ name: String) throws -> TLSClientContext {
        let client = try clientContext(folder, nil)
        SSL_CTX_set_security_level(client.handle.context, 0)
        #expect(SSL_CTX_use_certificate_file(client.handle.context, folder.pair(name).certificate, SSL_FILETYPE_PEM) == 1)
        #expect(SSL_CTX_use_PrivateKey_file(client.handle.context, folder.pair(name).key, SSL_FILETYPE_PEM) == 1)
        return client
    }
}
