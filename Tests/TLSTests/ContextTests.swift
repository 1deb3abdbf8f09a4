import COpenSSL
import NIOCore
import NIOEmbedded
import Testing
import TransportFixtures

@testable import TLS

@Suite struct ContextTests {
    let folder: CertificateFolder

    init() throws { folder = try Handshake.folder.get() }

    @Test func settingsAreReadBack() throws {
        let settings = try serverContext(folder).verifiedSettings()
        #expect(
            settings
                == TLSSettings(
                    minimumVersion: 0x0304, maximumVersion: 0x0304, ticketsPerHandshake: 0, maxEarlyDataBytes: 0, sessionCacheIsOff: true,
                    optionsAreSet: true, securityLevel: 2, verifyDepth: 4, maxCertificateListBytes: 32768, peerMustShowCertificate: true,
                    peerCertificateIsVerified: true, postHandshakeMessagesAreCounted: true))
    }

    @Test func changedSettingIsNoticed() throws {
        let tickets = try serverContext(folder)
        SSL_CTX_set_num_tickets(tickets.handle.context, 2)
        #expect(throws: TLSError.settingNotInForce(setting: "session tickets")) { try tickets.verifiedSettings() }
        let level = try serverContext(folder)
        SSL_CTX_set_security_level(level.handle.context, 1)
        #expect(throws: TLSError.settingNotInForce(setting: "security level")) { try level.verifiedSettings() }
        let verify = try serverContext(folder)
        SSL_CTX_set_verify(verify.handle.context, SSL_VERIFY_NONE, nil)
        #expect(throws: TLSError.settingNotInForce(setting: "peer verification")) { try verify.verifiedSettings() }
        let uncounted = try serverContext(folder)
        SSL_CTX_set_info_callback(uncounted.handle.context, nil)
        #expect(throws: TLSError.settingNotInForce(setting: "count of messages after the handshake")) { try uncounted.verifiedSettings() }
    }

    @Test func badFilesAreNamed() throws {
        let pair = folder.pair("server")
        func make(_ chain: PEMSource, _ key: PEMSource) throws {
            _ = try TLSServerContext(TLSServerConfiguration(certificateChain: chain, privateKey: key, clientCertificates: .none))
        }
        #expect(throws: TLSError.unreadableFile(path: "/nowhere.pem", reason: "No such file or directory")) {
            try make(.file("/nowhere.pem"), .file(pair.key))
        }
        #expect(throws: TLSError.badPEM(part: "certificate chain", source: "bytes in memory")) { try make(.bytes([1, 2]), .file(pair.key)) }
        #expect(throws: TLSError.badPEM(part: "private key", source: pair.certificate)) { try make(.file(pair.certificate), .file(pair.certificate)) }
        // What stands behind a certificate that cannot be read is not left out without a word.
        let good = try String(contentsOfFile: pair.certificate, encoding: .utf8)
        let damaged = good.replacing("-----BEGIN CERTIFICATE-----\nMI", with: "-----BEGIN CERTIFICATE-----\nAA")
        #expect(throws: Never.self) { try make(.bytes(Array((good + good).utf8)), .file(pair.key)) }
        #expect(throws: TLSError.badPEM(part: "certificate chain", source: "bytes in memory")) {
            try make(.bytes(Array((good + damaged + good).utf8)), .file(pair.key))
        }
        let stranger = folder.pair("client").key
        #expect(throws: TLSError.keyDoesNotMatchCertificate(key: stranger, certificate: pair.certificate)) {
            try make(.file(pair.certificate), .file(stranger))
        }
    }

    @Test func encryptedKeyIsRefusedWithoutAsking() throws {
        let key = folder.file("locked.key")
        try folder.run(["ec", "-in", folder.pair("server").key, "-aes256", "-passout", "pass:abcd", "-out", key])
        #expect(throws: TLSError.badPEM(part: "private key", source: key)) {
            try TLSServerContext(
                TLSServerConfiguration(
                    certificateChain: .file(folder.pair("server").certificate), privateKey: .file(key), clientCertificates: .none))
        }
    }

    @Test func handshakeHasADeadline() throws {
        let channel = EmbeddedChannel(handler: try TLSChannelHandler(server: serverContext(folder)))
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(4_999))
        try channel.throwIfErrorCaught()
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(throws: TLSError.handshakeTimedOut) { try channel.throwIfErrorCaught() }
    }

    @Test func plaintextIsAnsweredByAnAlert() throws {
        let channel = EmbeddedChannel(handler: try TLSChannelHandler(server: serverContext(folder)))
        #expect(throws: TLSError.self) { try channel.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n")) }
        // A TLS alert record, or nothing: never plain text.
        let answer = try channel.readOutbound(as: ByteBuffer.self)
        #expect(answer.map { $0.getInteger(at: 0, as: UInt8.self) == 21 } ?? true)
    }

    @Test func writesWaitForTheHandshakeAndAreBounded() throws {
        let channel = EmbeddedChannel(handler: try TLSChannelHandler(server: serverContext(folder)))
        channel.writeAndFlush(ByteBuffer(repeating: 1, count: 64 * 1024), promise: nil)
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
        try channel.throwIfErrorCaught()
        channel.writeAndFlush(ByteBuffer(repeating: 1, count: 1), promise: nil)
        #expect(throws: TLSError.tooMuchBeforeHandshake) { try channel.throwIfErrorCaught() }
    }
}
