import Cryptography
import Foundation
import Storage
import Testing
import Vocabulary

@testable import Broker

/// `init` makes no home that nobody could ever enter, and says what it left behind.
struct InitialisationTests {
    private let certificates: TestCertificates
    private let home: BrokerHome

    init() throws {
        certificates = try TestCertificates(names: ["administrator"])
        home = BrokerHome(certificates.file("home"))
    }

    private func plan(administrator: String = "administrator.pem") throws -> BrokerInitialisation {
        let shown = try X509Certificate.chain(pem: certificates.text(administrator))
        return BrokerInitialisation(
            home: home,
            configuration: BrokerConfiguration(
                origin: "broker.test/ledger", issuer: "https://broker.test", operator: "dwp",
                api: BrokerConfiguration.Listener(host: "127.0.0.1", port: 0), public: BrokerConfiguration.Listener(host: "127.0.0.1", port: 0),
                tls: BrokerConfiguration.TLSFiles(
                    certificate: certificates.file("server.pem"), key: certificates.file("server.key"), clientAuthorities: certificates.file("ca.pem"))),
            operatorName: "Operator", administratorID: ClientID("dwp-admin")!, administratorName: "Administrator",
            administratorCertificate: shown[0], administratorIntermediates: Array(shown.dropFirst()))
    }

    private func fault(_ plan: BrokerInitialisation, clock: BrokerClock = .system) async -> BrokerFault? {
        do throws(BrokerFault) {
            _ = try await BrokerService.initialise(plan, clock: clock)
            return nil
        } catch {
            return error
        }
    }

    private func refused(_ reason: String) -> BrokerFault {
        .configuration(
            file: home.configuration, key: "administrator-certificate",
            reason: "would not let its holder in (\(reason)); give one with clientAuth that one of the client authorities issued, with its "
                + "intermediates behind it")
    }

    @Test func anAdministratorsCertificateIsAClients() async throws {
        try certificates.issue("administrator", usage: "serverAuth")
        #expect(await fault(try plan()) == refused("its extended key usage does not say clientAuth"))
        #expect(!FileManager.default.fileExists(atPath: home.path))
    }

    @Test func anAdministratorsCertificateComesFromTheClientAuthorities() async throws {
        let other = try TestCertificates(names: ["stranger"])
        try other.text("stranger.pem").write(toFile: certificates.file("stranger.pem"), atomically: true, encoding: .utf8)
        let found = await fault(try plan(administrator: "stranger.pem"))
        // Both authorities have one name, and the signature tells them apart.
        #expect([refused("certificate signature failure"), refused("unable to get local issuer certificate")].contains(found))
        #expect(!FileManager.default.fileExists(atPath: home.path))
    }

    @Test func anAdministratorsCertificateMayHaveIntermediatesBehindIt() async throws {
        try certificates.issueByIntermediate("leaf")
        let alone = try certificates.text("leaf.pem")
        #expect(await fault(try plan(administrator: "leaf.pem")) == refused("unable to get local issuer certificate"))
        try (alone + certificates.text("intermediate.pem")).write(toFile: certificates.file("leaf.pem"), atomically: true, encoding: .utf8)
        #expect(await fault(try plan(administrator: "leaf.pem")) == nil)
    }

    @Test func aBrokersCertificateThatHasEndedIsRefused() async throws {
        let clock = BrokerClock { BrokerClock.system.now().advanced(seconds: 11 * 86_400) }
        #expect(
            await fault(try plan(), clock: clock)
                == .configuration(file: home.configuration, key: "tls.certificate", reason: "has ended; give a current one"))
        #expect(!FileManager.default.fileExists(atPath: home.path))
    }

    @Test func aHomeBelowAFileIsRefusedInWords() async throws {
        try "a file".write(toFile: home.path, atomically: true, encoding: .utf8)
        #expect(
            await fault(try plan())
                == .home(
                    path: home.path,
                    reason: "storage: looking for \(home.configuration): a file stands where the path has a folder; move it, or give another path"))
    }

    /// A leftover secret is no reason to write over it, and what was made before it was met is there.
    @Test func whatWasMadeBeforeAFaultIsSaidToBeThere() async throws {
        try home.create()
        try Data(repeating: 1, count: 64).write(to: URL(fileURLWithPath: HomeKeys(home).path(of: .openings)))
        let found = await fault(try plan())
        guard case .unfinished(home.path, let reason) = found else {
            Issue.record("\(String(describing: found))")
            return
        }
        #expect(reason.contains("exists already"))
        #expect(found?.description.hasSuffix("is no home yet: move it away before you run `concordat init` again") == true)
        #expect(FileManager.default.fileExists(atPath: home.database))
    }
}
