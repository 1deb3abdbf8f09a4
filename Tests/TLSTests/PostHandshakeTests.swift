import COpenSSL
import NIOCore
import NIOEmbedded
import Testing
import TransportFixtures

@testable import TLS

/// Row F11 of the attack matrix: what a peer may do after the handshake is bounded.
@Suite struct PostHandshakeTests {
    let folder: CertificateFolder

    init() throws { folder = try Handshake.folder.get() }

    /// One KeyUpdate of the client's (RFC 8446 section 4.6.3), and all that it has to send.
    private func keyUpdate(_ client: TLSSession, asking: Bool = false) throws -> ByteBuffer {
        let kind = asking ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED
        #expect(SSL_key_update(client.ssl, kind) == 1)
        #expect(SSL_do_handshake(client.ssl) == 1)
        return try #require(client.takeCiphertext(ByteBufferAllocator()))
    }

    private func read(_ session: TLSSession, _ ciphertext: ByteBuffer) throws -> ByteBuffer {
        session.feed(ciphertext)
        var plaintext = ByteBuffer()
        try session.read(into: &plaintext)
        return plaintext
    }

    @Test(arguments: [false, true])
    func keyUpdateOverTheBoundEndsTheConnection(_ asking: Bool) throws {
        let pair = try shake(clientContext(folder), serverContext(folder))
        for _ in 0..<128 { #expect(try read(pair.server, keyUpdate(pair.client, asking: asking)).readableBytes == 0) }
        // The keys of both sides still agree.
        try pair.client.write(ByteBuffer(string: "hello"))
        #expect(try read(pair.server, #require(pair.client.takeCiphertext(ByteBufferAllocator()))) == ByteBuffer(string: "hello"))
        #expect(throws: TLSError.tooManyPostHandshakeMessages) { try read(pair.server, keyUpdate(pair.client, asking: asking)) }
    }

    @Test func keyUpdatesOfOneReadAreBoundedAndTheRestIsDropped() throws {
        let pair = try shake(clientContext(folder), serverContext(folder) { $0.limits.maxPostHandshakeMessages = 3 })
        var flood = ByteBuffer()
        for _ in 0..<1000 { flood.writeImmutableBuffer(try keyUpdate(pair.client)) }
        try pair.client.write(ByteBuffer(string: "unread"))
        flood.writeImmutableBuffer(try #require(pair.client.takeCiphertext(ByteBufferAllocator())))
        pair.server.feed(flood)
        var plaintext = ByteBuffer()
        #expect(throws: TLSError.tooManyPostHandshakeMessages) { try pair.server.read(into: &plaintext) }
        #expect(plaintext.readableBytes == 0)
        // Nothing of the flood is left to be worked on.
        #expect(BIO_ctrl_pending(SSL_get_rbio(pair.server.ssl)) == 0)
    }

    @Test func applicationDataIsNotCounted() throws {
        let pair = try shake(clientContext(folder), serverContext(folder) { $0.limits.maxPostHandshakeMessages = 0 })
        for _ in 0..<1000 {
            try pair.client.write(ByteBuffer(string: "x"))
            #expect(try read(pair.server, #require(pair.client.takeCiphertext(ByteBufferAllocator()))) == ByteBuffer(string: "x"))
        }
    }

    @Test(arguments: [0, 1])
    func renegotiationIsRefusedAndCounted(_ bound: Int) throws {
        let client = try clientContext(folder) { $0.versions = .tls12AndLater }
        #expect(concordat_ssl_ctx_set_protocols(client.handle.context, TLS1_2_VERSION, TLS1_2_VERSION) == 1)
        SSL_CTX_clear_options(client.handle.context, concordat_ssl_hardening_options())
        let server = try serverContext(folder) {
            $0.versions = .tls12AndLater
            $0.limits.maxPostHandshakeMessages = bound
        }
        let pair = try shake(client, server)
        #expect(SSL_renegotiate(pair.client.ssl) == 1)
        #expect(SSL_do_handshake(pair.client.ssl) == -1)
        let hello = try #require(pair.client.takeCiphertext(ByteBufferAllocator()))
        if bound == 0 {
            #expect(throws: TLSError.tooManyPostHandshakeMessages) { try read(pair.server, hello) }
        } else {
            #expect(try read(pair.server, hello).readableBytes == 0)
            // Answered by the warning no_renegotiation (RFC 5246 section 7.2.2), without a new handshake.
            #expect(SSL_get_state(pair.server.ssl) == TLS_ST_OK)
        }
    }

    @Test func channelIsClosedWithTheReason() throws {
        let client = try TLSSession(clientContext(folder), serverName: "localhost")
        let channel = EmbeddedChannel(handler: try TLSChannelHandler(server: serverContext(folder) { $0.limits.maxPostHandshakeMessages = 0 }))
        channel.pipeline.fireChannelActive()
        for _ in 0..<5 where client.progress == .handshaking {
            try client.handshake()
            if let bytes = client.takeCiphertext(ByteBufferAllocator()) { try channel.writeInbound(bytes) }
            while let answer = try channel.readOutbound(as: ByteBuffer.self) { client.feed(answer) }
        }
        #expect(client.progress == .established)
        #expect(throws: TLSError.tooManyPostHandshakeMessages) { try channel.writeInbound(keyUpdate(client)) }
        channel.embeddedEventLoop.run()
        #expect(!channel.isActive)
    }
}
