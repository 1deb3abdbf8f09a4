import Cryptography
import Foundation
import GRDB
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

    private func replace(_ secret: HomeKeys.Secret, of home: BrokerHome, _ bytes: [UInt8]) throws {
        let path = HomeKeys(home).path(of: secret)
        try FileManager.default.removeItem(atPath: path)
        try HomeKeys(home).create(secret, SecretBytes(bytes))
    }

    @Test(arguments: [(HomeKeys.Secret.openings, 64, "openings"), (.transformRoot, 32, "transform-root")])
    func anotherSecretThanTheHomesStopsTheStart(_ secret: HomeKeys.Secret, _ count: Int, _ name: String) async throws {
        let made = try await made()
        defer { withExtendedLifetime(made) {} }
        let right = try HomeKeys(made.home).load(secret).exposed()
        try replace(secret, of: made.home, [UInt8](repeating: 5, count: count))
        guard case .key(let path, let reason) = try await fault(made.home) else {
            Issue.record("the start was not refused for its \(name)")
            return
        }
        #expect(path == made.home.keys + "/" + name)
        #expect(reason.hasPrefix("is not the one that this home was made with: with another one "))
        #expect(reason.hasSuffix(". Put the file back from the backup of this home's keys."))
        try replace(secret, of: made.home, right)
        #expect(try await fault(made.home) == nil)
    }

    /// A change of the database that no broker makes.
    private func damage(_ home: BrokerHome, _ sql: String) throws {
        let queue = try DatabaseQueue(path: home.database)
        try queue.write { connection in try connection.execute(sql: sql) }
        try queue.close()
    }

    @Test func aHomeWithoutChecksKeepsThemAtItsFirstStart() async throws {
        let made = try await made()
        defer { withExtendedLifetime(made) {} }
        try damage(made.home, "DELETE FROM secret_check")
        #expect(try await fault(made.home) == nil)
        try replace(.openings, of: made.home, [UInt8](repeating: 5, count: 64))
        #expect(try await fault(made.home) != nil)
    }

    @Test func aLedgerWithEntriesAndNoTokenKeyStopsTheStart() async throws {
        let made = try await made()
        defer { withExtendedLifetime(made) {} }
        try damage(made.home, "DELETE FROM signing_key WHERE purpose = \(SigningKeyRecord.Use.token.rawValue)")
        guard case .key(let path, let reason) = try await fault(made.home) else {
            Issue.record("the start was not refused")
            return
        }
        #expect(path == HomeKeys(made.home).path(of: .token))
        #expect(reason.contains("the store holds no token key"))
    }

    @Test func aHomeThatInitDidNotFinishIsNotServed() async throws {
        let made = try await made()
        defer { withExtendedLifetime(made) {} }
        try damage(made.home, "DELETE FROM entry; DELETE FROM signing_key; UPDATE log SET size = 0, note = NULL, note_size = NULL")
        guard case .home(made.home.path, let reason) = try await fault(made.home) else {
            Issue.record("the start was not refused")
            return
        }
        #expect(reason.contains("did not finish"))
    }

    @Test func clientAuthoritiesInBlocksThatOnlyOpenSSLReadsStopTheStart() async throws {
        let made = try await made()
        defer { withExtendedLifetime(made) {} }
        let certificates = made.certificates
        let file = certificates.file("trusted.pem")
        let leaf = try certificates.text("auditor.pem").replacing("CERTIFICATE-----", with: "TRUSTED CERTIFICATE-----")
        try (try certificates.text("ca.pem") + leaf).write(toFile: file, atomically: true, encoding: .utf8)
        try edit(made.home, "client-authorities: '\(certificates.file("ca.pem"))'", "client-authorities: '\(file)'")
        guard case .configuration(made.home.configuration, "tls.client-authorities", let reason) = try await fault(made.home) else {
            Issue.record("the start was not refused")
            return
        }
        #expect(reason.contains("TRUSTED CERTIFICATE"))
    }

    @Test(arguments: ["leaf alone", "authority and leaf"])
    func aCertificateThatIsNoAuthoritysAmongTheClientAuthoritiesStopsTheStart(_ what: String) async throws {
        let made = try await made()
        defer { withExtendedLifetime(made) {} }
        let certificates = made.certificates
        let file = certificates.file("mixed.pem")
        let text = (what == "leaf alone" ? "" : try certificates.text("ca.pem")) + (try certificates.text("auditor.pem"))
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        try edit(made.home, "client-authorities: '\(certificates.file("ca.pem"))'", "client-authorities: '\(file)'")
        #expect(
            try await fault(made.home)
                == .configuration(
                    file: made.home.configuration, key: "tls.client-authorities",
                    reason: "certificate \(what == "leaf alone" ? 1 : 2) of \(file) is not an authority's (no CA in its basic constraints); "
                        + "give only certificates of the authorities that issue clients' certificates"))
    }

    @Test func aDatabaseWithoutTheSignersMemoryStopsTheStart() async throws {
        let made = try await made()
        defer { withExtendedLifetime(made) {} }
        let head = made.home.keys + "/ledger.head"
        let memory = try #require(FileManager.default.contents(atPath: head))
        try FileManager.default.removeItem(atPath: head)
        guard case .start("ledger", let reason) = try await fault(made.home) else {
            Issue.record("the start was not refused")
            return
        }
        #expect(reason.contains("\(head) is missing"))
        #expect(FileManager.default.createFile(atPath: head, contents: memory, attributes: [.posixPermissions: 0o600]))
        #expect(try await fault(made.home) == nil)
    }

    @Test(arguments: [
        ("", 0o720, "chmod go-w"), ("", 0o702, "chmod go-w"), ("/keys", 0o750, "chmod 700"), ("/keys", 0o701, "chmod 700"), ("/sources", 0o710, "chmod 700"),
        ("/concordat.yaml", 0o664, "chmod go-w"), ("/concordat.yaml", 0o646, "chmod go-w"), ("/lock", 0o622, "chmod 600"), ("/lock", 0o640, "chmod 600"),
        ("/broker.sqlite", 0o640, "chmod 600"), ("/sources/uc.awards@1-00.sqlite", 0o644, "chmod 600"),
    ])
    func whatOthersCouldReadOrChangeStopsTheStart(_ name: String, _ mode: Int, _ remedy: String) async throws {
        let made = try await made()
        defer { withExtendedLifetime(made) {} }
        let path = made.home.path + name
        if name.hasPrefix("/sources/") { #expect(FileManager.default.createFile(atPath: path, contents: nil)) }
        let right = try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        let found = try await fault(made.home)
        #expect(found?.description.contains(path) == true)
        #expect(found?.description.contains(remedy) == true)
        if name.hasPrefix("/sources/") { return }
        try FileManager.default.setAttributes([.posixPermissions: right], ofItemAtPath: path)
        #expect(try await fault(made.home) == nil)
    }

    /// They may look at what holds no secret.
    @Test func homeAndConfigurationMayBeReadByOthers() async throws {
        let made = try await made()
        defer { withExtendedLifetime(made) {} }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: made.home.path)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: made.home.configuration)
        #expect(try await fault(made.home) == nil)
    }

    @Test func noHomeIsMadeInAFolderThatOthersCanWriteTo() async throws {
        let made = try await made()
        defer { withExtendedLifetime(made) {} }
        let home = BrokerHome(made.certificates.file("other"))
        try FileManager.default.createDirectory(atPath: home.path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        try FileManager.default.setAttributes([.posixPermissions: 0o775], ofItemAtPath: home.path)
        let plan = BrokerInitialisation(
            home: home, configuration: try ConfigurationFile.read(path: made.home.configuration), operatorName: "Operator",
            administratorID: ClientID("dwp-admin")!, administratorName: "Administrator",
            administratorCertificate: try X509Certificate(pem: made.certificates.text("dwp-admin.pem")))
        await #expect(throws: BrokerFault.self) { try await BrokerService.initialise(plan) }
        #expect(!FileManager.default.fileExists(atPath: home.database))
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

    /// The same check of the listeners' files as at the start.
    @Test(arguments: ["key of another", "no certificate", "a leaf among the authorities", "missing key", "open key"])
    func aHomeWhoseCertificatesCouldNotBeServedIsNotMade(_ what: String) async throws {
        let made = try await made()
        defer { withExtendedLifetime(made) {} }
        let files = made.certificates
        var configuration = try ConfigurationFile.read(path: made.home.configuration)
        switch what {
        case "key of another": configuration.tls.key = files.file("auditor.key")
        case "no certificate": configuration.tls.certificate = files.file("server.key")
        case "a leaf among the authorities": configuration.tls.clientAuthorities = files.file("auditor.pem")
        case "missing key": configuration.tls.key = files.file("none.key")
        default: try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: files.file("server.key"))
        }
        let text = ConfigurationFile.text(configuration)
        let home = BrokerHome(files.file("other"))
        let plan = BrokerInitialisation(
            home: home, configuration: configuration, operatorName: "Operator", administratorID: ClientID("dwp-admin")!, administratorName: "Administrator",
            administratorCertificate: try X509Certificate(pem: files.text("dwp-admin.pem")))
        var refused: BrokerFault?
        do throws(BrokerFault) { _ = try await BrokerService.initialise(plan) } catch { refused = error }
        #expect(!FileManager.default.fileExists(atPath: home.path))
        // `serve` says the same of a home with that configuration.
        try text.write(toFile: made.home.configuration, atomically: true, encoding: .utf8)
        let fault = try #require(try await fault(made.home))
        #expect(refused?.description.replacing(home.path, with: made.home.path) == fault.description)
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
