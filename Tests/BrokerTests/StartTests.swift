import Cryptography
import Foundation
import Storage
import Testing
import Vocabulary

@testable import Broker

/// What `init` wrote for good stops the start where configuration or keys say otherwise, before anything is written or served.
struct StartTests {
    private func made() async throws -> RunningBroker {
        let broker = try await RunningBroker()
        await broker.stop()
        return broker
    }

    private func fault(_ home: BrokerHome) async throws -> BrokerFault? {
        do {
            let broker = try await RunningBroker.start(home)
            await broker.stop()
            return nil
        } catch let fault as BrokerFault {
            return fault
        }
    }

    private func edit(_ home: BrokerHome, _ old: String, _ new: String) throws {
        let text = try String(contentsOfFile: home.configuration, encoding: .utf8)
        #expect(text.contains(old))
        try text.replacing(old, with: new).write(toFile: home.configuration, atomically: true, encoding: .utf8)
    }

    @Test func anotherOriginThanTheLedgersStopsTheStart() async throws {
        let made = try await made()
        // Its certificates and home go with it.
        defer { withExtendedLifetime(made) {} }
        let home = made.home
        try edit(home, "origin: broker.test/ledger", "origin: other.test/ledger")
        let found = try await fault(home)
        #expect(
            found
                == .configuration(
                    file: home.configuration, key: "origin",
                    reason: "is other.test/ledger, and the ledger of this home is broker.test/ledger. A ledger keeps its name for ever: "
                        + "set origin back to broker.test/ledger, or make another home with `concordat init` for another ledger."))
        // The refused start has let go of the home and written nothing.
        try edit(home, "origin: other.test/ledger", "origin: broker.test/ledger")
        #expect(try await fault(home) == nil)
    }

    @Test(arguments: ["voa", "leeds-cc"])
    func anotherOperatorThanTheRegisteredOneStopsTheStart(_ name: String) async throws {
        let made = try await made()
        // Its certificates and home go with it.
        defer { withExtendedLifetime(made) {} }
        let home = made.home
        try edit(home, "operator: dwp", "operator: \(name)")
        #expect(
            try await fault(home)
                == .configuration(
                    file: home.configuration, key: "operator",
                    reason: "is \(name), and the operator that this home was made for is dwp. Set operator back to dwp."))
    }

    @Test func aTokenKeyThatTheLedgerHasNotAnnouncedStopsTheStart() async throws {
        let made = try await made()
        // Its certificates and home go with it.
        defer { withExtendedLifetime(made) {} }
        let home = made.home
        let path = HomeKeys(home).path(of: .token)
        try Data(try ES256PrivateKey.generate().pem().utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        guard case .key(path, let reason) = try await fault(home) else {
            Issue.record("the start was not refused for its token key")
            return
        }
        #expect(reason.contains("announced"))
    }

    /// What `serve` would refuse must not be made: the ledger would keep it for ever.
    @Test(arguments: [("origin", "a b"), ("origin", "&anchor"), ("issuer", "http://broker.test"), ("issuer", "https://broker.test/path")])
    func aHomeThatCouldNotBeServedIsNotMade(_ key: String, _ value: String) async throws {
        let made = try await made()
        defer { withExtendedLifetime(made) {} }
        var configuration = try ConfigurationFile.read(path: made.home.configuration)
        if key == "origin" { configuration.origin = value } else { configuration.issuer = value }
        let home = BrokerHome(made.certificates.file("other"))
        let plan = BrokerInitialisation(
            home: home, configuration: configuration, operatorName: "Operator", administratorID: ClientID("dwp-admin")!, administratorName: "Administrator",
            administratorCertificate: try X509Certificate(pem: made.certificates.text("dwp-admin.pem")))
        await #expect(throws: BrokerFault.self) { try await BrokerService.initialise(plan) }
        #expect(!FileManager.default.fileExists(atPath: home.path))
    }

    @Test func aPortThatIsTakenIsNamedByItsKey() async throws {
        let running = try await RunningBroker()
        let other = try await made()
        defer { withExtendedLifetime(other) {} }
        try edit(other.home, "public: \"127.0.0.1:0\"", "public: \"127.0.0.1:\(running.broker.ports.public)\"")
        #expect(
            try await fault(other.home)
                == .configuration(
                    file: other.home.configuration, key: "listen.public",
                    reason: "cannot listen on 127.0.0.1:\(running.broker.ports.public): another program listens there already; "
                        + "free the address or give another"))
        await running.stop()
    }

    @Test func whatIsNotInTheLedgerMayChange() async throws {
        let made = try await made()
        // Its certificates and home go with it.
        defer { withExtendedLifetime(made) {} }
        let home = made.home
        try edit(home, "issuer: https://broker.test", "issuer: https://renamed.test")
        try edit(home, "lifetime-seconds: 300", "lifetime-seconds: 60")
        #expect(try await fault(home) == nil)
    }
}
