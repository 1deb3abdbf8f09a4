import AuditTrail
import Cryptography
import Foundation
import GRDB
import SQLiteStorage
import Storage
import Testing
import TransparencyLog
import Vocabulary

@testable import Ledger

@Suite struct RecoveryTests {
    private let log: TestLog
    /// A folder that is no home.
    private let outside: TestFolder

    init() throws {
        log = try TestLog()
        outside = try TestFolder()
    }

    /// A log of that many entries, closed.
    private func fill(_ count: Int) async throws {
        let store = try log.create()
        let sequencer = try log.start(store)
        let drafts = try (0..<count).map { try draft($0) }
        for start in stride(from: 0, to: count, by: 200) {
            let some = Array(drafts[start..<min(start + 200, count)])
            let _: ActAnswer<Void, Never> = try await sequencer.submit { _, _ in .record(some, ()) }
        }
        await sequencer.stop()
        try store.close()
    }

    private func damage(_ sql: String) throws {
        let queue = try DatabaseQueue(path: log.home.database)
        try queue.write { connection in try connection.execute(sql: sql) }
        try queue.close()
    }

    private func reopen() throws -> Sequencer {
        try log.start(try SQLiteStore.open(log.home))
    }

    @Test(arguments: [0, 1, 255, 256, 257, 1_000]) func aLogGoesOnWhereItStopped(size: Int) async throws {
        try await fill(size)
        let sequencer = try reopen()
        let receipt = try await sequencer.record(try draft(size))
        #expect(receipt.index == LedgerIndex(UInt64(size)))
        #expect(throws: Never.self) { try receipt.proof.verify(entry: receipt.entry, trust: log.identity.trust) }
        await sequencer.stop()
        #expect(try log.verifiedEntries().count == size + 1)
    }

    @Test func theSameTreeIsSignedWithTheSameBytes() async throws {
        try await fill(10)
        let first = try reopen()
        let note = first.checkpoint.note
        await first.stop()
        let snapshot = try SQLiteSnapshot(log.home)
        let stored = try snapshot.read { reading throws(StorageFault) in try reading.checkpoint()?.note }
        #expect(stored == note)
    }

    @Test(arguments: [
        "UPDATE entry SET body = x'00' WHERE idx = 270", "DELETE FROM entry WHERE idx = 299", "INSERT INTO entry VALUES(300, x'00')",
        "UPDATE log SET root = zeroblob(32)", "UPDATE log SET size = 299", "DELETE FROM tile WHERE place >> 56 = 1",
        "UPDATE tile SET hashes = zeroblob(32) WHERE place >> 56 = 1", "UPDATE log SET origin = 'other.example'",
        "UPDATE log SET note = x'00'",
    ])
    func aDamagedRightEdgeIsRefused(sql: String) async throws {
        try await fill(300)
        try damage(sql)
        #expect(throws: LedgerFault.self) { try reopen() }
    }

    @Test func anotherKeyIsRefused() async throws {
        try await fill(3)
        let store = try SQLiteStore.open(log.home)
        let other = try LogIdentity(origin: "ledger.example/broker-1", seed: SecretBytes([UInt8](repeating: 8, count: 32)))
        #expect(throws: LedgerFault.self) {
            try Sequencer.open(store, log.home, other, heartbeat: nil) { Timestamp(microseconds: 0) }
        }
    }

    @Test func anOlderDatabaseThanTheSignerRemembersIsRefused() async throws {
        try await fill(10)
        let copy = log.home.database + ".yesterday"
        try FileManager.default.copyItem(atPath: log.home.database, toPath: copy)
        let store = try SQLiteStore.open(log.home)
        let sequencer = try log.start(store)
        for number in 10..<15 { _ = try await sequencer.record(try draft(number)) }
        await sequencer.stop()
        try store.close()
        try FileManager.default.removeItem(atPath: log.home.database)
        try FileManager.default.moveItem(atPath: copy, toPath: log.home.database)
        #expect(throws: LedgerFault.rolledBack(size: 10, signed: 15)) { try reopen() }
    }

    @Test func aLogWithEntriesAndWithoutTheSignersMemoryIsRefused() async throws {
        try await fill(10)
        let path = log.home.keys + "/ledger.head"
        let memory = try #require(FileManager.default.contents(atPath: path))
        try FileManager.default.removeItem(atPath: path)
        let store = try SQLiteStore.open(log.home)
        #expect(throws: LedgerFault.forgotten(path: path, size: 10)) { try log.start(store) }
        // Nothing was signed or remembered in its place.
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(FileManager.default.createFile(atPath: path, contents: memory, attributes: [.posixPermissions: 0o600]))
        let sequencer = try log.start(store)
        #expect(try await sequencer.record(try draft(10)).index == LedgerIndex(10))
        await sequencer.stop()
        try store.close()
    }

    /// What the refusal of a lost memory says to do.
    @Test func aCheckpointFromOutsideStandsInForALostMemory() async throws {
        try await fill(10)
        let path = log.home.keys + "/ledger.head"
        let sequencer = try reopen()
        let outside = Data((try await sequencer.record(try draft(10))).checkpointNote)
        await sequencer.stop()
        try FileManager.default.removeItem(atPath: path)
        #expect(FileManager.default.createFile(atPath: path, contents: outside, attributes: [.posixPermissions: 0o600]))
        await (try reopen()).stop()
    }

    /// A crash between the making of a log and its first entry leaves none, and nothing to be remembered.
    @Test func aLogWithoutEntriesNeedsNoMemory() async throws {
        let store = try log.create()
        let first = try log.start(store)
        await first.stop()
        try FileManager.default.removeItem(atPath: log.home.keys + "/ledger.head")
        let sequencer = try log.start(store)
        _ = try await sequencer.record(try draft(0))
        #expect(FileManager.default.fileExists(atPath: log.home.keys + "/ledger.head"))
        await sequencer.stop()
        try store.close()
    }

    @Test(arguments: [StorageFault.io("a write"), .full]) func failedAndNotWritten(fault: StorageFault) async throws {
        let store = try log.create()
        let faulty = FaultyStore(store)
        let sequencer = try log.start(faulty)
        _ = try await sequencer.record(try draft(0))
        faulty.fault.withLock { $0 = .before(fault) }
        await #expect(throws: LedgerFault.failed(LedgerFault.store(fault).description)) { try await sequencer.record(try draft(1)) }
        #expect(await sequencer.ended() == .failed(.store(fault)))
        // Nothing is taken any more, even where the disk would work again.
        faulty.fault.withLock { $0 = .none }
        await #expect(throws: LedgerFault.failed(LedgerFault.store(fault).description)) { try await sequencer.record(try draft(2)) }
        try store.close()
        let again = try reopen()
        #expect(try await again.record(try draft(3)).index == LedgerIndex(1))
        await again.stop()
        #expect(try log.verifiedEntries().count == 2)
    }

    @Test func failedButWritten() async throws {
        let store = try log.create()
        let faulty = FaultyStore(store)
        let sequencer = try log.start(faulty)
        _ = try await sequencer.record(try draft(0))
        let before = sequencer.checkpoint
        faulty.fault.withLock { $0 = .after(.io("a sync")) }
        await #expect(throws: LedgerFault.self) { try await sequencer.record(try draft(1)) }
        // Not signed for, not published.
        #expect(sequencer.checkpoint.note == before.note)
        try store.close()
        // The entry is on disk, so it stays: the log goes on after it, and nobody holds a receipt that contradicts it.
        let again = try reopen()
        #expect(try await again.record(try draft(2)).index == LedgerIndex(2))
        await again.stop()
        let entries = try log.verifiedEntries().map { try LedgerEntry(canonical: $0).body }
        #expect(entries[1] == .heartbeat(HeartbeatEntry(act: .alive, run: [1] + [UInt8](repeating: 0, count: 15))))
    }

    @Test func everyWaiterIsToldOfAFailure() async throws {
        let store = try log.create()
        let faulty = FaultyStore(store)
        let sequencer = try log.start(faulty)
        faulty.fault.withLock { $0 = .before(.io("a write")) }
        let failures = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<300 {
                group.addTask {
                    do throws(LedgerFault) {
                        _ = try await sequencer.record(try! draft(number))
                        return false
                    } catch {
                        return error == .failed(LedgerFault.store(.io("a write")).description)
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(failures == 300)
    }

    @Test func anExportVerifiesByItsFilesAlone() async throws {
        try await fill(600)
        let folder = outside.path + "/export"
        let snapshot = try SQLiteSnapshot(log.home)
        let size = try snapshot.read { reading throws(StorageFault) in try LogExport.write(reading, of: log.home, to: folder) }
        #expect(size == 600)
        // Again over the same folder: nothing changes.
        #expect(try snapshot.read { reading throws(StorageFault) in try LogExport.write(reading, of: log.home, to: folder) } == 600)
        let note = try [UInt8](Data(contentsOf: URL(fileURLWithPath: folder + "/checkpoint")))
        let verifier = LogVerifier(try log.identity.trust.verify(note)) { path in
            FileManager.default.contents(atPath: folder + "/" + path).map { [UInt8]($0) }
        }
        var count = 0
        let report = try verifier.verify { _, _ in
            count += 1
            return true
        }
        #expect(report.entries == 600)
        #expect(count == 600)
        let expected = ["tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/000", "tile/entries/002.p/88"]
        for name in expected { #expect(FileManager.default.fileExists(atPath: folder + "/" + name), "\(name)") }
    }

    /// Tries to export over a folder; the refusal's words, or nil where it was done.
    private func exportRefusal(_ folder: String, of other: TestLog? = nil) throws -> String? {
        let log = other ?? log
        let snapshot = try SQLiteSnapshot(log.home)
        do throws(StorageFault) {
            _ = try snapshot.read { reading throws(StorageFault) in try LogExport.write(reading, of: log.home, to: folder) }
            return nil
        } catch {
            return error.description
        }
    }

    @Test func anExportGoesNowhereButToAnEmptyFolderOrAnEarlierExport() async throws {
        try await fill(3)
        let folder = outside.path + "/export"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        #expect(FileManager.default.createFile(atPath: folder + "/letter.txt", contents: nil))
        #expect(try exportRefusal(folder)?.contains("holds letter.txt") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["letter.txt"])
        try FileManager.default.removeItem(atPath: folder + "/letter.txt")
        #expect(try exportRefusal(folder) == nil)
        let store = try SQLiteStore.open(log.home)
        let sequencer = try log.start(store)
        _ = try await sequencer.record(try draft(3))
        await sequencer.stop()
        try store.close()
        #expect(try exportRefusal(folder) == nil)
        #expect(try exportRefusal(folder + "/checkpoint")?.contains("is not a folder") == true)
    }

    @Test func anExportOfALogThatThisOneDoesNotContinueIsKept() async throws {
        try await fill(3)
        let folder = outside.path + "/export"
        #expect(try exportRefusal(folder) == nil)
        let earlier = FileManager.default.contents(atPath: folder + "/checkpoint")
        // The same name and key, another history.
        let other = try TestLog()
        let store = try other.create()
        let sequencer = try other.start(store)
        for number in 10..<15 { _ = try await sequencer.record(try draft(number)) }
        await sequencer.stop()
        try store.close()
        #expect(try exportRefusal(folder, of: other)?.contains("does not continue") == true)
        #expect(FileManager.default.contents(atPath: folder + "/checkpoint") == earlier)
    }

    @Test func anExportGoesNowhereWithoutANameAndNotIntoTheHome() async throws {
        try await fill(3)
        let home = log.home.path
        #expect(try exportRefusal("")?.contains("has an empty name") == true)
        try FileManager.default.createSymbolicLink(atPath: outside.path + "/link", withDestinationPath: home)
        for folder in [
            home, home + "/", home + "/sources", home + "/new/export", home + "/../" + (home as NSString).lastPathComponent + "/keys",
            outside.path + "/none/../link/sources", outside.path + "/link",
        ] {
            #expect(try exportRefusal(folder)?.contains("lies in the broker's home") == true, "\(folder)")
        }
        #expect(!FileManager.default.fileExists(atPath: home + "/sources/tile"))
        #expect(!FileManager.default.fileExists(atPath: home + "/new"))
        #expect(try exportRefusal(home + "-export") == nil)
        try FileManager.default.removeItem(atPath: home + "-export")
    }

    @Test func anExportFollowsNoLinkBelowItsFolder() async throws {
        try await fill(3)
        for name in ["tile", "tile/0", "tile/entries/000.p"] {
            let folder = outside.path + "/export-" + name.replacingOccurrences(of: "/", with: "-")
            let elsewhere = folder + "-elsewhere"
            for made in [elsewhere, folder + "/" + (name as NSString).deletingLastPathComponent] {
                try FileManager.default.createDirectory(atPath: made, withIntermediateDirectories: true)
            }
            try FileManager.default.createSymbolicLink(atPath: folder + "/" + name, withDestinationPath: elsewhere)
            #expect(try exportRefusal(folder)?.contains("\(folder)/\(name) is a link or another thing") == true)
            #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere) == [])
        }
    }

    @Test(arguments: ["letter.txt", "0/letter.txt", "0/001", "0/000.p/9", "entries/000.p/2", "2/000.p/1"])
    func anExportKeepsNoStrangeFileAmongItsTiles(name: String) async throws {
        try await fill(3)
        let folder = outside.path + "/export"
        #expect(try exportRefusal(folder) == nil)
        let path = folder + "/tile/" + name
        try FileManager.default.createDirectory(atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        #expect(FileManager.default.createFile(atPath: path, contents: Data([1])))
        #expect(try exportRefusal(folder)?.contains("\(path) is not of this ledger") == true)
        try FileManager.default.removeItem(atPath: path)
        #expect(try exportRefusal(folder) == nil)
    }

    @Test func anyWidthIsCutFromTheFullerTile() async throws {
        try await fill(600)
        let snapshot = try SQLiteSnapshot(log.home)
        try snapshot.read { reading throws(StorageFault) in
            let resources = try LogResources(stored: reading)
            for (level, index) in [(0, 0), (0, 2), (1, 0)] as [(Int, UInt64)] {
                guard let widest = TileCoordinate.at(level: level, index: index, size: 600),
                    let full = try resources.bytes(at: .tile(widest))
                else {
                    Issue.record("tile \(level)/\(index) is missing")
                    continue
                }
                for width in 1...widest.width {
                    let part = try resources.bytes(at: .tile(TileCoordinate(level: level, index: index, width: width)))
                    #expect(part == Array(full.prefix(width * 32)))
                }
            }
            // Wider than the log is, beyond it, or above it.
            #expect(try resources.bytes(at: .tile(TileCoordinate(level: 0, index: 2, width: 89))) == nil)
            #expect(try resources.bytes(at: .tile(TileCoordinate(level: 0, index: 3, width: 1))) == nil)
            #expect(try resources.bytes(at: .tile(TileCoordinate(level: 2, index: 0, width: 1))) == nil)
            #expect(try resources.bytes(at: .entries(BundleCoordinate(index: 2, width: 89))) == nil)
            #expect(try resources.bytes(at: .entries(BundleCoordinate(index: 9_999_999_999, width: 1))) == nil)
        }
    }
}

/// An empty folder, removed with the value.
private final class TestFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("concordat-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
