import Foundation
import Storage
import Testing
import Vocabulary

@testable import Broker

/// What is wrong with a home is said, all of it, and nothing is changed.
struct ExaminationTests {
    private func wrong(_ home: BrokerHome, clock: BrokerClock = .system) -> [String] {
        HomeExamination(home, clock: clock).findings.filter { $0.weight == .wrong }.map(\.subject)
    }

    @Test func aSoundHomeIsSoundWhileItRunsAndAfterwards() async throws {
        let broker = try await RunningBroker()
        #expect(wrong(broker.home) == [])
        await broker.stop()
        let examination = HomeExamination(broker.home)
        #expect(examination.isSound)
        #expect(
            examination.findings.map(\.subject)
                == ["configuration", "modes", "certificate", "validity", "keys", "database", "identity", "ledger", "clock", "disk"])
        // The fixture's certificate ends in ten days.
        #expect(examination.findings.filter { $0.weight == .warning }.map(\.subject) == ["validity"])
    }

    @Test func everyFaultIsFoundAndNotTheFirstAlone() async throws {
        let broker = try await RunningBroker()
        await broker.stop()
        let home = broker.home
        let text = try String(contentsOfFile: home.configuration, encoding: .utf8)
        try text.replacing("operator: dwp", with: "operator: voa").write(toFile: home.configuration, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: home.keys)
        try "no PEM".write(toFile: broker.certificates.file("server.pem"), atomically: false, encoding: .utf8)
        #expect(wrong(home) == ["modes", "certificate", "identity"])
        #expect(wrong(home, clock: BrokerClock { Timestamp("2020-01-01T00:00:00Z")! }) == ["modes", "certificate", "identity", "clock"])
    }

    @Test func anEndedCertificateIsWrong() async throws {
        let broker = try await RunningBroker()
        await broker.stop()
        let clock = BrokerClock { BrokerClock.system.now().advanced(seconds: 11 * 86_400) }
        #expect(wrong(broker.home, clock: clock) == ["validity"])
    }

    @Test func aFolderThatIsNoHomeIsSaidToBeNone() {
        #expect(wrong(BrokerHome("/nowhere")).contains("configuration"))
        #expect(wrong(BrokerHome("/nowhere")).contains("database"))
    }
}
