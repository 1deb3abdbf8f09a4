import GRDB
import Storage

/// A read-only connection that is used on the calling thread: for offline commands, while the broker runs or not, and inside `SQLiteReader`.
package final class SQLiteSnapshot: Sendable {
    private let queue: DatabaseQueue
    // Invariant: touched only inside an access to `queue`, which runs one at a time.
    nonisolated(unsafe) private let session: SQLiteSession

    /// `.schema` where the home has no database or one of another shape; `.setting` where a setting does not read back.
    package init(_ home: BrokerHome, limits: StorageLimits = StorageLimits()) throws(StorageFault) {
        try SQLiteStore.requireDatabase(of: home)
        let queue = try withStorageFaults {
            try DatabaseQueue(path: home.database, configuration: SQLiteSettings.configuration(.reader, label: "concordat.reader"))
        }
        self.queue = queue
        unsafe session = try withStorageFaults {
            try queue.unsafeRead { connection in
                try Migrations.verify(connection)
                return SQLiteSession(connection, limits: limits)
            }
        }
    }

    deinit {
        queue.unsafeRead { _ in unsafe session.dropStatements() }
    }

    /// Looks at every page of the file; `.corrupt` where one is damaged.
    package func require(_ check: StructureCheck) throws(StorageFault) {
        try withStorageFaults { try queue.unsafeRead { connection in try check.run(on: connection) } }
    }

    /// Copies one consistent state into a new file that its owner alone can read, and returns when the copy is on stable storage.
    package func copy(to path: String) throws(StorageFault) {
        let file = try OpenFile.create(path)
        try withStorageFaults {
            let target = try DatabaseQueue(path: path)
            try queue.backup(to: target)
            try target.close()
        }
        try file.sync()
    }

    /// Runs `body` against one consistent state on the calling thread.
    package func read<Value>(_ body: (any StorageReading) throws(StorageFault) -> Value) throws(StorageFault) -> Value {
        let outcome = queue.unsafeRead { _ -> Result<Value, StorageFault> in
            // Invariant: inside an access to the session's connection.
            let session = unsafe self.session
            do throws(StorageFault) {
                try session.beginReading()
                let value = try body(session)
                try session.rollback()
                return .success(value)
            } catch {
                return .failure(leave(session, after: error))
            }
        }
        return try outcome.get()
    }

    /// Ends the transaction after a fault, which stays the one to report.
    private func leave(_ session: SQLiteSession, after fault: StorageFault) -> StorageFault {
        do throws(StorageFault) {
            try session.rollback()
            return fault
        } catch {
            return fault.concernsOneAct ? error : fault
        }
    }
}
