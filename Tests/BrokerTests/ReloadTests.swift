import BrokerProtocol
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
        try other.text("ca.pem").write(toFile: broker.certificates.file("other.pem"), atomically: true, encoding: .utf8)
        let trusted = try broker.certificates.text("ca.pem")
        // The client goes on trusting its own authority: only the broker's file is another.
        try FileManager.default.moveItem(atPath: broker.certificates.file("other.pem"), toPath: broker.certificates.file("clients.pem"))
        try other.text("ca.pem").write(toFile: broker.certificates.file("ca.pem"), atomically: true, encoding: .utf8)
        #expect(broker.broker.reload())
        try trusted.write(toFile: broker.certificates.file("ca.pem"), atomically: true, encoding: .utf8)
        #expect(try await whoAmI(client).id == "dwp-admin")
        await client.close()
        await #expect(throws: (any Error).self) {
            let refused = try await broker.client("dwp-admin")
            _ = try await whoAmI(refused)
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
        let broker = try await RunningBroker()
        let core = broker.broker.core
        // The fixture's certificate ends in ten days.
        core.tellOwnExpiry()
        #expect(core.toldExpiry.withLock { $0 } == .within30Days)
        await core.countCertificates()
        #expect(core.enrolledExpiry.withLock { $0 } == [.within30Days: 1])
        await broker.stop()
    }
}
