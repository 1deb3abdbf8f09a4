import BrokerProtocol
import Cryptography
import Foundation
import RPC
import Storage
import Synchronization
import Testing

@testable import Broker

/// A reload takes new files for new handshakes, drops nobody, and changes nothing where a file is bad.
struct ReloadTests {
    private func whoAmI(_ client: RPCClient) async throws -> Concordat_V1_Principal {
        try await client.unary("/concordat.v1.RegistryService/WhoAmI", Concordat_V1_WhoAmIRequest(), metadata: Metadata(), timeout: .seconds(20))
    }

    /// The certificate that a listener shows.
    private func shown(at port: Int) throws -> X509Certificate {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = ["s_client", "-connect", "127.0.0.1:\(port)", "-servername", "localhost", "-alpn", "h2"]
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return try #require(try X509Certificate.chain(pem: text).first)
    }

    /// Puts another certificate of the same authority in the place of the broker's.
    private func renew(_ broker: RunningBroker, days: Int) throws {
        try broker.certificates.issue("server", usage: "serverAuth", names: "DNS:localhost,IP:127.0.0.1", days: days)
    }

    @Test func aNewCertificateIsUsedAndOpenConnectionsGoOn() async throws {
        let broker = try await RunningBroker()
        let client = try await broker.client("dwp-admin")
        _ = try await whoAmI(client)
        let before = broker.broker.core.certificateEnd.load(ordering: .relaxed)
        try renew(broker, days: 20)
        #expect(broker.broker.reload())
        let days = (broker.broker.core.certificateEnd.load(ordering: .relaxed) - before + 3_600) / 86_400
        #expect(days == 10)
        // New handshakes are shown it, at both listeners.
        let renewed = try X509Certificate(pem: broker.certificates.text("server.pem"))
        for port in [broker.broker.ports.api, broker.broker.ports.public] { #expect(try shown(at: port) == renewed) }
        #expect(try await whoAmI(client).id == "dwp-admin")
        await client.close()
        let fresh = try await broker.client("dwp-admin")
        #expect(try await whoAmI(fresh).id == "dwp-admin")
        await fresh.close()
        await broker.stop()
    }

    /// A client whose authority is no longer there cannot come in again.
    @Test func newAuthoritiesHoldForNewHandshakes() async throws {
        let broker = try await RunningBroker()
        let client = try await broker.client("dwp-admin")
        _ = try await whoAmI(client)
        let other = try TestCertificates(names: [])
        let trusted = try broker.certificates.text("ca.pem")
        try other.text("ca.pem").write(toFile: broker.certificates.file("ca.pem"), atomically: true, encoding: .utf8)
        #expect(broker.broker.reload())
        // The client goes on trusting its own authority.
        try trusted.write(toFile: broker.certificates.file("ca.pem"), atomically: true, encoding: .utf8)
        #expect(try await whoAmI(client).id == "dwp-admin")
        await client.close()
        do {
            let refused = try await broker.client("dwp-admin")
            _ = try await whoAmI(refused)
            Issue.record("it was let in")
        } catch {
            #expect("\(error)".contains("TLS alert 48"))
        }
        await broker.stop()
    }

    @Test(arguments: ["server.pem", "server.key", "ca.pem"])
    func aBadFileKeepsWhatIsInUse(_ name: String) async throws {
        let broker = try await RunningBroker()
        let good = try broker.certificates.text(name)
        let before = broker.broker.core.certificateEnd.load(ordering: .relaxed)
        try "not a certificate".write(toFile: broker.certificates.file(name), atomically: false, encoding: .utf8)
        #expect(!broker.broker.reload())
        try good.write(toFile: broker.certificates.file(name), atomically: false, encoding: .utf8)
        #expect(broker.broker.core.certificateEnd.load(ordering: .relaxed) == before)
        let client = try await broker.client("dwp-admin")
        #expect(try await whoAmI(client).id == "dwp-admin")
        await client.close()
        await broker.stop()
    }

    /// Two PEM files mixed up at a renewal: OpenSSL takes either as a server's own, and no client accepts it from then on.
    @Test(arguments: [("clientAuth", "DNS:localhost", "serverAuth"), ("serverAuth", nil, "subjectAltName"), ("serverAuth", "email:a@b.test", "subjectAltName")])
    func aCertificateThatNoClientAcceptsIsTakenNeitherByAReloadNorByAStart(_ usage: String, _ names: String?, _ missing: String) async throws {
        let broker = try await RunningBroker()
        let before = broker.broker.core.certificateEnd.load(ordering: .relaxed)
        try broker.certificates.issue("server", usage: usage, names: names, days: 20)
        #expect(!broker.broker.reload())
        #expect(broker.broker.core.certificateEnd.load(ordering: .relaxed) == before)
        let client = try await broker.client("dwp-admin")
        #expect(try await whoAmI(client).id == "dwp-admin")
        await client.close()
        await broker.stop()
        do {
            _ = try await RunningBroker.start(broker.home)
            Issue.record("it was served")
        } catch BrokerFault.configuration(_, let key, let reason) {
            #expect(key == "tls.certificate")
            #expect(reason.contains(missing))
        }
        #expect(HomeExamination(broker.home).findings.filter { $0.weight == .wrong }.map(\.subject) == ["certificate"])
    }

    @Test func theOwnCertificatesStepsAreToldOnceEach() async throws {
        let made = try await RunningBroker()
        await made.stop()
        let lines = Mutex("")
        let log = BrokerLog(LogSink { bytes in lines.withLock { $0 += String(decoding: bytes, as: UTF8.self) } }, label: "test", level: .warning)
        let offset = ClockOffset()
        let running = try await RunningBroker.start(
            made.home, log: log,
            clock: BrokerClock { BrokerClock.system.now().advanced(seconds: Int64(offset.seconds.load(ordering: .relaxed))) })
        let core = running.core
        await core.countCertificates()
        #expect(core.enrolledExpiry.withLock { $0 } == [.within30Days: 1])
        func told() -> (soon: [String], ended: Int) {
            log.flush()
            let said = lines.withLock { $0 }.split(separator: "\n")
            let soon = said.filter { $0.contains("the broker's certificate ends soon") }
            return (
                soon.map { line in ["1d", "7d", "30d"].first { line.contains("\"\($0)\"") } ?? "?" },
                said.filter { $0.contains("the broker's certificate has ended") }.count
            )
        }
        // The fixture's certificate ends in ten days. Each step is told once, however often it is looked at.
        for (days, soon, ended) in [(0, ["30d"], 0), (4, ["30d", "7d"], 0), (9, ["30d", "7d", "1d"], 0), (11, ["30d", "7d", "1d"], 1)] {
            offset.seconds.store(days * 86_400 + 60, ordering: .relaxed)
            for _ in 0..<3 { core.tellOwnExpiry() }
            let said = told()
            #expect(said.soon == soon && said.ended == ended, "after \(days) days")
        }
        await running.stop()
    }
}
