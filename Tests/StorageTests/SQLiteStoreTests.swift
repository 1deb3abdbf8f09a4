import Cryptography
import Foundation
import GRDB
import Storage
import Testing
import Vocabulary

@testable import SQLiteStorage

@Suite struct SQLiteStoreTests {
    @Test func durabilitySettingsReadBackOnTheWriter() throws {
        let temporary = TemporaryHome()
        let store = try SQLiteStore.create(temporary.home)
        let settings = Dictionary(uniqueKeysWithValues: try store.settings().map { ($0.name, $0.value) })
        #expect(
            settings == [
                "journal_mode": "wal", "synchronous": "2", "secure_delete": "1", "wal_autocheckpoint": "4000", "mmap_size": "0",
                "cell_size_check": "1", "foreign_keys": "1", "trusted_schema": "0", "cache_size": "-65536", "temp_store": "2",
            ])
    }

    @Test func everyFileOfTheDatabaseIsPrivate() throws {
        let temporary = TemporaryHome()
        let store = try SQLiteStore.create(temporary.home)
        _ = try store.transaction { transaction throws(StorageFault) in try transaction.bump(.broker) }
        for suffix in ["", "-wal", "-shm"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: temporary.home.database + suffix)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "broker.sqlite\(suffix)")
        }
    }

    @Test func aDatabaseThatOthersCanReadIsRefused() throws {
        let temporary = TemporaryHome()
        try SQLiteStore.create(temporary.home).close()
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: temporary.home.database)
        #expect(throws: StorageFault.self) { try SQLiteStore.open(temporary.home) }
    }

    @Test func aSecondBrokerOnTheHomeIsRefused() throws {
        let temporary = TemporaryHome()
        let store = try SQLiteStore.create(temporary.home)
        #expect(throws: StorageFault.locked(temporary.home.path)) { try SQLiteStore.open(temporary.home) }
        try store.close()
    }

    @Test func aHomeThatWasNotInitialisedIsRefused() throws {
        let temporary = TemporaryHome()
        try temporary.home.create()
        #expect(throws: StorageFault.schema(found: 0, supported: 2)) { try SQLiteStore.open(temporary.home) }
        #expect(throws: StorageFault.schema(found: 0, supported: 2)) { try SQLiteSnapshot(temporary.home) }
    }

    @Test func aNewerSchemaIsRefused() throws {
        let temporary = TemporaryHome()
        try SQLiteStore.create(temporary.home).close()
        let queue = try DatabaseQueue(path: temporary.home.database)
        try queue.write { connection in try connection.execute(sql: "PRAGMA user_version = 3") }
        try queue.close()
        #expect(throws: StorageFault.schema(found: 3, supported: 2)) { try SQLiteSnapshot(temporary.home) }
    }

    /// The first program made no check values: its homes go on, and have none until their broker keeps some.
    @Test func aHomeOfTheFirstSchemaIsBroughtUpToDate() throws {
        let temporary = TemporaryHome()
        try SQLiteStore.create(temporary.home).close()
        let queue = try DatabaseQueue(path: temporary.home.database)
        try queue.write { connection in
            try connection.execute(sql: "DROP TABLE secret_check; DELETE FROM grdb_migrations WHERE identifier = '2'; PRAGMA user_version = 1")
        }
        try queue.close()
        #expect(throws: StorageFault.schema(found: 1, supported: 2)) { try SQLiteSnapshot(temporary.home) }
        let store = try SQLiteStore.open(temporary.home)
        let check = SecretCheck(.openings, SecretBytes([UInt8](repeating: 1, count: 64)))
        try store.transaction { transaction throws(StorageFault) in
            guard try transaction.check(of: .openings) == nil else { return }
            try transaction.add(check)
        }
        let kept = try store.transaction { transaction throws(StorageFault) in
            [try transaction.check(of: .openings), try transaction.check(of: .transformRoot)]
        }
        #expect(kept == [check.digest, nil])
        #expect(throws: StorageFault.self) { try store.transaction { transaction throws(StorageFault) in try transaction.add(check) } }
        try store.close()
    }

    @Test func aFileThatIsNoDatabaseIsCorrupt() throws {
        let temporary = TemporaryHome()
        try temporary.home.create()
        let file = try OpenFile.create(temporary.home.database)
        try file.write([UInt8](repeating: 0x41, count: 8_192))
        #expect(throws: StorageFault.corrupt("the database file (SQLite code 26)")) { try SQLiteStore.open(temporary.home) }
    }

    @Test func whatAThrowingBodyWroteIsUndone() throws {
        let temporary = TemporaryHome()
        let store = try SQLiteStore.create(temporary.home)
        #expect(throws: StorageFault.limit("refused")) {
            try store.transaction { transaction throws(StorageFault) -> Void in
                _ = try transaction.bump(.broker)
                throw .limit("refused")
            }
        }
        let epochs = try store.transaction { transaction throws(StorageFault) in try transaction.epochs() }
        #expect(epochs.epoch(of: .broker) == 0)
    }

    @Test func aSavepointUndoesItsOwnWritesOnly() throws {
        let temporary = TemporaryHome()
        let store = try SQLiteStore.create(temporary.home)
        let changes = try store.transaction { transaction throws(StorageFault) in
            _ = try transaction.bump(.broker)
            try transaction.tentatively { () throws(StorageFault) -> Tentative<Void> in
                _ = try transaction.bump(.client(PrincipalNumber(7)))
                return .undo(())
            }
            try transaction.tentatively { () throws(StorageFault) -> Tentative<Void> in
                _ = try transaction.bump(.organisation(OrganisationNumber(3)))
                return .keep(())
            }
            return transaction.takeEpochChanges()
        }
        let epochs = try store.transaction { transaction throws(StorageFault) in try transaction.epochs() }
        #expect(epochs.epoch(of: .broker) == 1)
        #expect(epochs.epoch(of: .client(PrincipalNumber(7))) == 0)
        #expect(epochs.epoch(of: .organisation(OrganisationNumber(3))) == 1)
        #expect(changes.bumped.map(\.scope) == [.broker, .organisation(OrganisationNumber(3))])
    }

    @Test func aConflictInsideASavepointLeavesTheTransactionUsable() throws {
        let temporary = TemporaryHome()
        let store = try SQLiteStore.create(temporary.home)
        let exchange = try #require(ExchangeID([UInt8](repeating: 9, count: 16)))
        try store.transaction { transaction throws(StorageFault) in
            try transaction.record(exchange, part: 0, at: LedgerIndex(1))
            do throws(StorageFault) {
                try transaction.tentatively { () throws(StorageFault) -> Tentative<Void> in
                    try transaction.record(exchange, part: 1, at: LedgerIndex(2))
                    try transaction.record(exchange, part: 0, at: LedgerIndex(3))
                    return .keep(())
                }
                Issue.record("a part was taken twice")
            } catch {
                guard error != .serialization else { throw error }
                #expect(error == .conflict("UNIQUE constraint failed: exchange.id, exchange.part"))
            }
            try transaction.record(exchange, part: 2, at: LedgerIndex(4))
        }
        let parts = try store.transaction { transaction throws(StorageFault) in
            [try transaction.entry(of: exchange, part: 0), try transaction.entry(of: exchange, part: 1), try transaction.entry(of: exchange, part: 2)]
        }
        #expect(parts == [LedgerIndex(1), nil, LedgerIndex(4)])
    }

    /// The first run of a transaction opens no savepoint; the second one does.
    @Test func aBodyIsRunAgainOnlyWhereSomethingWrittenIsUndone() throws {
        let temporary = TemporaryHome()
        let store = try SQLiteStore.create(temporary.home)
        var runs = 0
        try store.transaction { transaction throws(StorageFault) in
            runs += 1
            _ = try transaction.bump(.broker)
            try transaction.tentatively { () throws(StorageFault) -> Tentative<Void> in .undo(()) }
        }
        #expect(runs == 1)
        runs = 0
        try store.transaction { transaction throws(StorageFault) in
            runs += 1
            try transaction.tentatively { () throws(StorageFault) -> Tentative<Void> in
                _ = try transaction.bump(.broker)
                return .undo(())
            }
        }
        #expect(runs == 2)
        let epochs = try store.transaction { transaction throws(StorageFault) in try transaction.epochs() }
        #expect(epochs.epoch(of: .broker) == 1)
    }

    @Test func aBodyThatGoesOnAfterASerialisationFaultCommitsNothing() throws {
        let temporary = TemporaryHome()
        let store = try SQLiteStore.create(temporary.home)
        var runs = 0
        try store.transaction { transaction throws(StorageFault) in
            runs += 1
            do throws(StorageFault) {
                try transaction.tentatively { () throws(StorageFault) -> Tentative<Void> in
                    _ = try transaction.bump(.broker)
                    return .undo(())
                }
            } catch {
                #expect(error == .serialization)
            }
        }
        #expect(runs == 2)
        let epochs = try store.transaction { transaction throws(StorageFault) in try transaction.epochs() }
        #expect(epochs.epoch(of: .broker) == 0)
    }

    @Test func anUndoneChargeIsNotCounted() throws {
        let temporary = TemporaryHome()
        let store = try SQLiteStore.create(temporary.home)
        let token = Digest.sha256([1])
        // The expiry is not part of what a token's meter is found by.
        let early = QuotaMeter.token(token, expiry: Timestamp(microseconds: 5))
        let late = QuotaMeter.token(token, expiry: Timestamp(microseconds: 9))
        let one = QuotaAmount(rows: 1, bytes: 1, calls: 1)
        try store.transaction { transaction throws(StorageFault) in
            _ = try transaction.charge(one, to: early, within: .unbounded)
            try transaction.tentatively { () throws(StorageFault) -> Tentative<Void> in
                _ = try transaction.charge(one, to: late, within: .unbounded)
                return .undo(())
            }
            _ = try transaction.charge(one, to: late, within: .unbounded)
            #expect(try transaction.used(early).calls == 2)
        }
        let used = try store.transaction { transaction throws(StorageFault) in try transaction.used(late) }
        #expect(used == QuotaAmount(rows: 2, bytes: 2, calls: 2))
    }

    @Test func aClosedStoreRefuses() throws {
        let temporary = TemporaryHome()
        let store = try SQLiteStore.create(temporary.home)
        try store.close()
        #expect(throws: StorageFault.stopped) { try store.transaction { _ in } }
    }

    @Test func whatWasCommittedIsThereAfterReopening() throws {
        let temporary = TemporaryHome()
        var store: SQLiteStore? = try SQLiteStore.create(temporary.home)
        _ = try store?.transaction { transaction throws(StorageFault) in try transaction.bump(.broker) }
        try store?.close()
        store = nil
        let reopened = try SQLiteStore.open(temporary.home)
        let epochs = try reopened.transaction { transaction throws(StorageFault) in try transaction.epochs() }
        #expect(epochs.epoch(of: .broker) == 1)
    }

    @Test func anOfflineReaderSeesWhatARunningBrokerCommittedAndChangesNothing() throws {
        let temporary = TemporaryHome()
        let store = try SQLiteStore.create(temporary.home)
        _ = try store.transaction { transaction throws(StorageFault) in try transaction.bump(.broker) }
        let walBefore = try FileManager.default.attributesOfItem(atPath: temporary.home.database + "-wal")[.size] as? Int
        do {
            let snapshot = try SQLiteSnapshot(temporary.home)
            let epochs = try snapshot.read { reading throws(StorageFault) in try reading.epochs() }
            #expect(epochs.epoch(of: .broker) == 1)
        }
        // A reader that checkpointed at its close would have emptied the WAL.
        let walAfter = try FileManager.default.attributesOfItem(atPath: temporary.home.database + "-wal")[.size] as? Int
        #expect(walBefore == walAfter)
        try store.close()
    }

    @Test func aReadThreadAnswersWhatAwaitsItTogether() async throws {
        let temporary = TemporaryHome()
        let store = try SQLiteStore.create(temporary.home)
        _ = try store.transaction { transaction throws(StorageFault) in try transaction.bump(.broker) }
        let reader = try SQLiteReader(temporary.home)
        let answers = try await withThrowingTaskGroup(of: UInt64.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await reader.read { reading throws(StorageFault) in try reading.epochs() }.epoch(of: .broker)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers == [UInt64](repeating: 1, count: 200))
        reader.close()
        await #expect(throws: StorageFault.stopped) { try await reader.read { _ in } }
    }
}
