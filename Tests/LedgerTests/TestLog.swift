import AuditTrail
import Cryptography
import Foundation
import SQLiteStorage
import Storage
import Synchronization
import TransparencyLog
import Vocabulary

@testable import Ledger

/// A home in the temporary folder with a log and its key, removed with the value.
final class TestLog: Sendable {
    let home: BrokerHome
    let clock = TestClock()
    let identity: LogIdentity

    init() throws {
        home = BrokerHome(FileManager.default.temporaryDirectory.appendingPathComponent("concordat-\(UUID().uuidString)").path)
        identity = try LogIdentity(origin: "ledger.example/broker-1", seed: SecretBytes([UInt8](repeating: 7, count: 32)))
    }

    deinit {
        try? FileManager.default.removeItem(atPath: home.path)
    }

    /// A new store with an empty log.
    func create() throws -> SQLiteStore {
        let store = try SQLiteStore.create(home)
        try Sequencer.createLog(in: store, identity, at: clock.now)
        return store
    }

    /// A well-formed entry that arrived at that moment.
    static func draft(arrived: Timestamp) -> DraftEntry {
        do throws(EntryFault) {
            return try DraftEntry(arrived: arrived, .heartbeat(HeartbeatEntry(act: .alive, run: [UInt8](repeating: 1, count: 16))))
        } catch {
            preconditionFailure("\(error)")
        }
    }

    func start(_ store: any StorageWriter, heartbeat: Heartbeat? = nil, limits: LedgerLimits = LedgerLimits()) throws(LedgerFault) -> Sequencer {
        try Sequencer.open(store, home, identity, heartbeat: heartbeat, limits: limits) { [clock] in clock.read() }
    }

    /// Verifies every entry, tile and the checkpoint as stored, and answers the entries.
    func verifiedEntries(remembered: [Checkpoint] = []) throws -> [[UInt8]] {
        let snapshot = try SQLiteSnapshot(home)
        let found = try snapshot.read { reading throws(StorageFault) -> Result<[[UInt8]], any Error> in
            let resources = try LogResources(stored: reading)
            return Result {
                guard let note = try resources.bytes(at: .checkpoint) else { return [] }
                var entries: [[UInt8]] = []
                let verifier = LogVerifier(try self.identity.trust.verify(note)) { path in
                    guard let path = LogPath(path) else { return nil }
                    return try resources.bytes(at: path)
                }
                _ = try verifier.verify(remembered: remembered) { _, entry in
                    entries.append(entry)
                    return true
                }
                return entries
            }
        }
        return try found.get()
    }
}

/// A clock that a test sets; each reading is a microsecond later than the one before.
final class TestClock: Sendable {
    private let time = Mutex(Timestamp("2026-11-23T12:00:00Z")!)

    var now: Timestamp { time.withLock { $0 } }
    func read() -> Timestamp {
        time.withLock { time in
            time = time.advanced(microseconds: 1)
            return time
        }
    }
    func advance(seconds: Int64) {
        time.withLock { $0 = $0.advanced(seconds: seconds) }
    }
}

/// A well-formed entry that differs for each number.
func draft(_ number: Int) throws -> DraftEntry {
    let run = (0..<16).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    return try DraftEntry(arrived: Timestamp("2026-11-23T11:59:59Z")!, .heartbeat(HeartbeatEntry(act: .alive, run: run)))
}

/// A store whose next transactions fail as a disk does.
final class FaultyStore: StorageWriter {
    enum Fault: Sendable {
        case none
        /// Failed and not written.
        case before(StorageFault)
        /// Failed but written.
        case after(StorageFault)
    }

    let fault = Mutex(Fault.none)
    private let store: SQLiteStore

    init(_ store: SQLiteStore) {
        self.store = store
    }

    func transaction<Value>(_ body: (any StorageTransaction) throws(StorageFault) -> Value) throws(StorageFault) -> Value {
        switch fault.withLock({ $0 }) {
        case .none: return try store.transaction(body)
        case .before(let fault): throw fault
        case .after(let fault):
            _ = try store.transaction(body)
            throw fault
        }
    }
}
