import GRDB
import Storage
import Synchronization

/// The state and the ledger of a home in one SQLite database, and the one connection that writes and checkpoints it.
///
/// SQLite up to 3.51.2 can corrupt a WAL that two connections checkpoint, so nothing else in this process, and nothing outside it while the
/// home's lock is held, may write. Readers open the file read-only and cannot checkpoint.
package final class SQLiteStore: StorageWriter {
    package let home: BrokerHome
    package let limits: StorageLimits
    /// Nil once the connection is closed.
    private let lock: Mutex<HomeLock?>
    private let queue: DatabaseQueue
    // Invariant: touched only inside an access to `queue`, which runs one at a time.
    nonisolated(unsafe) private let session: SQLiteSession
    private let stopped = Mutex(false)

    /// Makes the database of a new home. `.file` where there is one, or where others could change the home.
    package static func create(_ home: BrokerHome, limits: StorageLimits = StorageLimits()) throws(StorageFault) -> SQLiteStore {
        try home.create()
        try home.requireModes()
        let lock = try HomeLock(home)
        // SQLite would make the file by the umask; its journal takes the mode of the file.
        try OpenFile.create(home.database).sync()
        let store = try SQLiteStore(home, lock, limits)
        try OpenFile.folder(home.path).sync()
        return store
    }

    /// Opens the database of a home for its broker: takes the lock, checks modes and settings, recovers the WAL, brings the schema up to
    /// date and checks the file's structure.
    package static func open(_ home: BrokerHome, limits: StorageLimits = StorageLimits()) throws(StorageFault) -> SQLiteStore {
        try home.requireModes()
        try requireDatabase(of: home)
        let store = try SQLiteStore(home, HomeLock(home), limits)
        try store.checkStructure()
        return store
    }

    private init(_ home: BrokerHome, _ lock: HomeLock, _ limits: StorageLimits) throws(StorageFault) {
        self.home = home
        self.limits = limits
        self.lock = Mutex(lock)
        let queue = try withStorageFaults {
            try DatabaseQueue(path: home.database, configuration: SQLiteSettings.configuration(.writer, label: "concordat.writer"))
        }
        try Migrations.run(on: queue)
        self.queue = queue
        unsafe session = try withStorageFaults {
            try queue.writeWithoutTransaction { connection in
                try SQLiteSettings.verify(.writer, on: connection)
                try Migrations.verify(connection)
                return SQLiteSession(connection, limits: limits)
            }
        }
    }

    /// Refuses a home without a database, and one whose database others can read.
    static func requireDatabase(of home: BrokerHome) throws(StorageFault) {
        guard let file = try OpenFile.read(home.database) else { throw .schema(found: 0, supported: Migrations.newest) }
        try file.requirePrivate()
        // SQLite would wait for a pipe.
        for end in ["-wal", "-shm", "-journal"] { try OpenFile.requirePlain(home.database + end) }
    }

    package func transaction<Value>(
        _ body: (any StorageTransaction) throws(StorageFault) -> Value
    ) throws(StorageFault) -> Value {
        try access { session throws(StorageFault) in
            let attempts = 3
            var savepoints = false
            for attempt in 1...attempts {
                do throws(StorageFault) {
                    try session.begin(savepoints: savepoints)
                    let value = try body(session)
                    try session.commit()
                    return value
                } catch {
                    if !error.concernsOneAct && error != .serialization { stop() }
                    savepoints = savepoints || session.needsSavepoints
                    try session.rollback()
                    guard error == .serialization, attempt < attempts else { throw error }
                }
            }
            throw .serialization
        }
    }

    /// Copies what the WAL holds into the database file as far as readers allow, so that the WAL can start again. Costs one sync.
    package func checkpoint() throws(StorageFault) {
        try connected { connection in _ = try connection.checkpoint(.passive) }
    }

    /// The settings that were set and read back when the database was opened, as they read now.
    package func settings() throws(StorageFault) -> [(name: String, value: String)] {
        try connected { connection in try SQLiteSettings.readBack(.writer, on: connection).map { ($0.name, $0.value) } }
    }

    /// Closes the connection and lets go of the home; every later call throws `.stopped`.
    package func close() throws(StorageFault) {
        stop()
        queue.writeWithoutTransaction { _ in unsafe session.dropStatements() }
        try withStorageFaults { try queue.close() }
        lock.withLock { $0 = nil }
    }

    package var isStopped: Bool { stopped.withLock { $0 } }

    /// No later transaction runs: after an I/O error only recovery from disk can tell what was written.
    private func stop() {
        stopped.withLock { $0 = true }
    }

    private func checkStructure() throws(StorageFault) {
        try connected { connection in try StructureCheck.quick.run(on: connection) }
    }

    private func connected<Value>(_ body: (Database) throws -> Value) throws(StorageFault) -> Value {
        guard !isStopped else { throw .stopped }
        return try withStorageFaults { try queue.writeWithoutTransaction(body) }
    }

    private func access<Value>(_ body: (SQLiteSession) throws(StorageFault) -> Value) throws(StorageFault) -> Value {
        guard !isStopped else { throw .stopped }
        let outcome = queue.writeWithoutTransaction { _ -> Result<Value, StorageFault> in
            // Invariant: inside an access to the session's connection.
            do throws(StorageFault) { return .success(try body(unsafe session)) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}
