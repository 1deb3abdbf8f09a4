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
                + "the log back and lose what others hold receipts of. Restore a newer backup")
        ) { try HomeBackup.restore(target, into: broker.home) }
        #expect(!FileManager.default.fileExists(atPath: broker.home.database))
    }
}
