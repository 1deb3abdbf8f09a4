import BrokerProtocol
import Foundation
import Storage
import Testing

@testable import Broker

/// A backup is whole and checked; an old one does not come back over a newer ledger.
struct BackupTests {
    private func addOrganisation(_ id: String, _ broker: RunningBroker) async throws {
        let _: Concordat_V1_Organisation = try await broker.call(
            "dwp-admin", "RegistryService/AddOrganisation", Concordat_V1_AddOrganisationRequest.with { $0.id = id; $0.name = "The body \(id)" })
    }

    private func removeDatabase(of home: BrokerHome) throws {
        for path in [home.database, home.database + "-wal", home.database + "-shm"] where FileManager.default.fileExists(atPath: path) {
            try FileManager.default.removeItem(atPath: path)
        }
    }

    @Test func aBackupOfARunningBrokerHoldsWhatWasAnsweredAndNoKey() async throws {
        let broker = try await RunningBroker()
        try await addOrganisation("leeds-cc", broker)
        let answered = broker.broker.core.ledger.checkpoint.size
        let target = broker.certificates.file("backup")
        #expect(try HomeBackup.make(of: broker.home, at: target) == answered)
        #expect(try FileManager.default.contentsOfDirectory(atPath: target).contains("keys") == false)
        let mode = try FileManager.default.attributesOfItem(atPath: target + "/broker.sqlite")[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(throws: BrokerFault.home(path: target, reason: "exists; give a folder that a backup can make")) {
            try HomeBackup.make(of: broker.home, at: target)
        }
        await broker.stop()
    }

    @Test func aRestoredHomeServes() async throws {
        let broker = try await RunningBroker()
        try await addOrganisation("leeds-cc", broker)
        await broker.stop()
        let target = broker.certificates.file("backup")
        let size = try HomeBackup.make(of: broker.home, at: target)
        #expect(throws: BrokerFault.home(
            path: broker.home.database, reason: "is in the way; move it out of the home first, and keep it until the restored broker runs")
        ) { try HomeBackup.restore(target, into: broker.home) }
        try removeDatabase(of: broker.home)
        #expect(try HomeBackup.restore(target, into: broker.home) == size)
        let restored = RunningBroker(broker, broker: try await RunningBroker.start(broker.home))
        try await addOrganisation("york-cc", restored)
        await restored.stop()
    }

    @Test func aBackupOlderThanWhatWasSignedIsRefused() async throws {
        let broker = try await RunningBroker()
        let target = broker.certificates.file("backup")
        let size = try HomeBackup.make(of: broker.home, at: target)
        try await addOrganisation("leeds-cc", broker)
        await broker.stop()
        let signed = broker.broker.core.ledger.checkpoint.size
        #expect(signed > size)
        try removeDatabase(of: broker.home)
        #expect(throws: BrokerFault.home(
            path: broker.home.path,
            reason: "the backup's ledger has \(size) entries, and keys/ledger.head shows that \(signed) were signed for: to restore it would roll "
                + "the log back and lose what others hold receipts of. Restore a backup that was made after the last entry. Where there is "
                + "none, this log cannot go on: keep it and its keys as evidence, and begin another with `concordat init` and a new origin "
                + "(README, Backups and loss)")
        ) { try HomeBackup.restore(target, into: broker.home) }
        #expect(!FileManager.default.fileExists(atPath: broker.home.database))
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func lookUp(_ broker: RunningBroker) async throws -> Data {
        let answer: Concordat_V1_GetRecordResponse = try await broker.call(
            "dwp-owner", "CatalogueService/GetRecord",
            Concordat_V1_GetRecordRequest.with { $0.dataset = "uc.awards"; $0.key = "QQ123456A"; $0.reason = "After the restore." })
        return answer.record
    }

    /// A stopped broker with one dataset, its source file's name, and one record of it.
    private func brokerWithRecords() async throws -> (broker: RunningBroker, file: String, record: Data) {
        let broker = try await RunningBroker()
        try await broker.registerEverybody()
        try await broker.importAwards()
        let record = try await lookUp(broker)
        #expect(!record.isEmpty)
        await broker.stop()
        let files = try FileManager.default.contentsOfDirectory(atPath: broker.home.sources)
        return (broker, try #require(files.first { $0.hasPrefix("uc.awards@1") && $0.hasSuffix(".sqlite") }), record)
    }

    @Test func sourcesAreCopiedForTheOwnerAloneAndAnswerAfterARestore() async throws {
        let (broker, file, record) = try await brokerWithRecords()
        let target = broker.certificates.file("backup")
        _ = try HomeBackup.make(of: broker.home, at: target)
        #expect(try FileManager.default.contentsOfDirectory(atPath: target + "/sources") == [file])
        for path in [target, target + "/sources"] { #expect(try mode(path) == 0o700) }
        for path in ["/sources/" + file, "/broker.sqlite", "/concordat.yaml"] { #expect(try mode(target + path) == 0o600) }
        #expect(FileManager.default.contentsEqual(atPath: target + "/sources/" + file, andPath: broker.home.sources + "/" + file))
        try removeDatabase(of: broker.home)
        try FileManager.default.removeItem(atPath: broker.home.sources + "/" + file)
        _ = try HomeBackup.restore(target, into: broker.home)
        let restored = RunningBroker(broker, broker: try await RunningBroker.start(broker.home))
        #expect(try await lookUp(restored) == record)
        await restored.stop()
    }

    @Test func aDamagedSourceIsReplacedByTheRestore() async throws {
        let (broker, file, record) = try await brokerWithRecords()
        let target = broker.certificates.file("backup")
        _ = try HomeBackup.make(of: broker.home, at: target)
        try removeDatabase(of: broker.home)
        let path = broker.home.sources + "/" + file
        try Data("damaged".utf8).write(to: URL(fileURLWithPath: path))
        _ = try HomeBackup.restore(target, into: broker.home)
        #expect(try mode(path) == 0o600)
        let restored = RunningBroker(broker, broker: try await RunningBroker.start(broker.home))
        #expect(try await lookUp(restored) == record)
        await restored.stop()
    }

    @Test func aDamagedDatasetIsNoBackupAndNotRestored() async throws {
        let (broker, file, _) = try await brokerWithRecords()
        let target = broker.certificates.file("backup")
        _ = try HomeBackup.make(of: broker.home, at: target)
        try removeDatabase(of: broker.home)
        let good = try Data(contentsOf: URL(fileURLWithPath: broker.home.sources + "/" + file))
        for bad in [Data(), Data("damaged".utf8), good.prefix(good.count / 2)] {
            try bad.write(to: URL(fileURLWithPath: target + "/sources/" + file))
            #expect(throws: BrokerFault.self) { try HomeBackup.restore(target, into: broker.home) }
            #expect(FileManager.default.contents(atPath: broker.home.sources + "/" + file) == good)
            #expect(!FileManager.default.fileExists(atPath: broker.home.database))
        }
    }

    @Test func noPipeInPlaceOfADatasetsFileIsWaitedFor() async throws {
        let (broker, file, _) = try await brokerWithRecords()
        let path = broker.home.sources + "/" + file
        try FileManager.default.removeItem(atPath: path)
        #expect(mkfifo(path, 0o600) == 0)
        let target = broker.certificates.file("backup")
        do {
            _ = try HomeBackup.make(of: broker.home, at: target)
            Issue.record("a pipe was copied as a dataset")
        } catch {
            #expect("\(error)".contains("is not a plain file"))
        }
        let wrong = HomeExamination(broker.home).findings.filter { $0.weight == .wrong }
        #expect(wrong.map(\.subject) == ["sources"] && wrong[0].words.contains("is not a plain file"))
    }

    /// The copy must serve on another machine, and what the link leads to is not the broker's to change.
    @Test func aLinkedConfigurationIsCopiedByItsContents() async throws {
        let broker = try await RunningBroker()
        await broker.stop()
        let elsewhere = broker.certificates.file("elsewhere.yaml")
        try FileManager.default.moveItem(atPath: broker.home.configuration, toPath: elsewhere)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: elsewhere)
        try FileManager.default.createSymbolicLink(atPath: broker.home.configuration, withDestinationPath: elsewhere)
        let target = broker.certificates.file("backup")
        _ = try HomeBackup.make(of: broker.home, at: target)
        let copied = try FileManager.default.attributesOfItem(atPath: target + "/concordat.yaml")
        #expect(copied[.type] as? FileAttributeType == .typeRegular)
        #expect(copied[.posixPermissions] as? Int == 0o600)
        #expect(FileManager.default.contentsEqual(atPath: target + "/concordat.yaml", andPath: elsewhere))
        #expect(try mode(elsewhere) == 0o644)
    }

    @Test func aFolderInsideTheHomeOrInNoFolderIsRefused() async throws {
        let broker = try await RunningBroker()
        await broker.stop()
        for target in [broker.home.path + "/backup", broker.home.sources + "/../backup"] {
            #expect(throws: BrokerFault.home(
                path: target, reason: "lies in the broker's home \(broker.home.path) and would be lost with it; give a folder outside it")
            ) { try HomeBackup.make(of: broker.home, at: target) }
        }
        let nowhere = broker.certificates.file("nowhere")
        #expect(throws: BrokerFault.home(path: nowhere, reason: "is missing, and the copy is to be made in it; make it first")) {
            try HomeBackup.make(of: broker.home, at: nowhere + "/backup")
        }
        #expect(!FileManager.default.fileExists(atPath: broker.home.path + "/backup"))
    }

    /// Writes over pages behind the first, which a look at the schema does not reach.
    private func damage(_ database: String) throws {
        let handle = try #require(FileHandle(forUpdatingAtPath: database))
        let size = try handle.seekToEnd()
        for page in [20, 21, 22, 23] as [UInt64] where (page + 1) * 4_096 <= size {
            try handle.seek(toOffset: page * 4_096)
            try handle.write(contentsOf: Data(repeating: 0xa5, count: 4_096))
        }
        try handle.close()
    }

    @Test func aDamagedBackupIsRefusedBeforeAnythingIsPutInPlace() async throws {
        let broker = try await RunningBroker()
        await broker.stop()
        let target = broker.certificates.file("backup")
        _ = try HomeBackup.make(of: broker.home, at: target)
        try damage(target + "/broker.sqlite")
        try removeDatabase(of: broker.home)
        #expect(throws: BrokerFault.home(
            path: target + "/broker.sqlite", reason: "is damaged, and nothing was put in place; restore another backup, and see what damaged this one")
        ) { try HomeBackup.restore(target, into: broker.home) }
        #expect(!FileManager.default.fileExists(atPath: broker.home.database))
    }

    @Test func aDamagedDatabaseGivesNoBackupAndIsFoundByTheExamination() async throws {
        let broker = try await RunningBroker()
        await broker.stop()
        try damage(broker.home.database)
        let target = broker.certificates.file("backup")
        do {
            _ = try HomeBackup.make(of: broker.home, at: target)
            Issue.record("a damaged database was copied as a good one")
        } catch {
            #expect("\(error)".contains("is damaged"))
            #expect("\(error)".hasSuffix("\(target) is no backup; remove it"))
        }
        let findings = HomeExamination(broker.home).findings.filter { $0.weight == .wrong }
        #expect(findings.contains { $0.subject == "database" && $0.words.contains("is damaged") })
    }
}
