import Foundation
import Storage
import Synchronization
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
                == [
                    "configuration", "modes", "certificate", "validity", "keys", "database", "identity", "register", "sources", "ledger", "clock", "disk",
                ])
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
        #expect(wrong(BrokerHome("/nowhere")) == ["configuration", "modes", "keys", "database", "disk"])
    }

    /// Each query of that dataset would fail for ever, and nothing else would show it.
    @Test(arguments: ["absent", "cut short", "damaged"])
    func aSourceThatCannotBeReadIsFoundAndToldAtTheStart(_ harm: String) async throws {
        let broker = try await RunningBroker()
        try await broker.registerEverybody()
        try await broker.importAwards()
        #expect(wrong(broker.home) == [])
        await broker.stop()
        let files = try FileManager.default.contentsOfDirectory(atPath: broker.home.sources)
        let file = try #require(files.first { $0.hasPrefix("uc.awards@1") && $0.hasSuffix(".sqlite") })
        let path = broker.home.sources + "/" + file
        switch harm {
        case "absent": try FileManager.default.removeItem(atPath: path)
        case "cut short": try #require(FileHandle(forWritingAtPath: path)).truncate(atOffset: 100)
        default:
            let handle = try #require(FileHandle(forUpdatingAtPath: path))
            try handle.write(contentsOf: Data(repeating: 0xa5, count: 4_096))
            try handle.close()
        }
        let reason = harm == "absent" ? "it does not exist" : "it is damaged"
        let words = "uc.awards: source \(file): \(reason); restore it from a backup or import it again"
        let findings = HomeExamination(broker.home).findings.filter { $0.weight == .wrong }
        #expect(findings.map(\.subject) == ["sources"])
        #expect(findings.map(\.words) == ["\(broker.home.sources): \(words)"])

        let log = Mutex<[UInt8]>([])
        let sink = LogSink { bytes in log.withLock { $0 += bytes } }
        let configuration = try ConfigurationFile.read(path: broker.home.configuration)
        let again = try await RunningBroker.start(broker.home, configuration, log: BrokerLog(sink, label: "test", level: .warning))
        await again.stop()
        sink.flush()
        let told = log.withLock { String(decoding: $0, as: UTF8.self) }.split(separator: "\n").filter { $0.contains("a dataset cannot be read") }
        #expect(told.count == 1)
        #expect(told.first?.contains(reason) == true)
    }
}
