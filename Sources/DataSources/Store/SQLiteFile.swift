import Foundation
import GRDB
import GRDBSQLite
import Glibc

/// One connection to one source file, and the few raw calls that move bytes between SQLite and Swift without a copy in between.
/// Used by one thread only; that thread may block.
final class SQLiteFile {
    private let queue: DatabaseQueue

    /// Makes a file that did not exist, for its owner alone: SQLite would make it by the umask.
    init(creating path: String) throws(SourceFault) {
        // The path is passed as a C string for the time of the call.
        let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode_t(0o600))
        guard descriptor >= 0 else { throw .file(path: path, reason: "it cannot be made; check owner, mode and free space of its folder") }
        Glibc.close(descriptor)
        queue = try SQLiteFile.open(path, readOnly: false)
        // A staging file is worth nothing until it is finished: one sync at the end is enough, and a batch still rolls back as a whole.
        try execute("PRAGMA journal_mode = MEMORY")
        try execute("PRAGMA synchronous = OFF")
        try execute("PRAGMA locking_mode = EXCLUSIVE")
    }

    /// A published file never changes, so the shared lock is taken once and kept.
    init(reading path: String) throws(SourceFault) {
        for name in [path, path + "-journal", path + "-wal"] {
            guard SQLiteFile.isPlainOrAbsent(name) else { throw .file(path: name, reason: "it is not a plain file; put one in its place") }
        }
        queue = try SQLiteFile.open(path, readOnly: true)
        try execute("PRAGMA query_only = 1")
        try execute("PRAGMA locking_mode = EXCLUSIVE")
        try execute("PRAGMA cache_size = -8192")
        // Read back: a library's default must not be what keeps the data unchanged.
        guard try integer("PRAGMA query_only") == 1 else { throw .mismatch(file: path, reason: "the connection is not read-only") }
    }

    /// SQLite would wait for a pipe.
    private static func isPlainOrAbsent(_ path: String) -> Bool {
        var status = stat()
        // The path is passed as a C string for the time of the call.
        return unsafe stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
    }

    private static func open(_ path: String, readOnly: Bool) throws(SourceFault) -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = readOnly
        configuration.label = "concordat.source"
        // A batch is one transaction over many uses of the connection, which has one thread.
        configuration.allowsUnsafeTransactions = true
        do {
            return try DatabaseQueue(path: path, configuration: configuration)
        } catch let error as DatabaseError {
            throw .database(code: error.extendedResultCode.rawValue)
        } catch {
            throw .file(path: path, reason: "it cannot be opened")
        }
    }

    /// Runs `body` with the connection.
    func use<R>(_ body: (Database) throws(SourceFault) -> R) throws(SourceFault) -> R {
        let result: Result<R, SourceFault> = queue.inDatabase { database in
            do throws(SourceFault) { return .success(try body(database)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    func execute(_ sql: String) throws(SourceFault) {
        try use { (database) throws(SourceFault) in
            do { try database.execute(sql: sql) } catch { throw SQLiteFile.fault(error) }
        }
    }

    /// The first column of the first row as a number; nil where there is no row.
    func integer(_ sql: String) throws(SourceFault) -> Int64? {
        try use { (database) throws(SourceFault) in
            do { return try Int64.fetchOne(database, sql: sql) } catch { throw SQLiteFile.fault(error) }
        }
    }

    /// Whether every page is one that SQLite wrote. Reads the whole file.
    func isSound() throws(SourceFault) -> Bool {
        try use { (database) throws(SourceFault) in
            do { return try String.fetchAll(database, sql: "PRAGMA quick_check(1)") == ["ok"] } catch { throw SQLiteFile.fault(error) }
        }
    }

    func integers(_ sql: String) throws(SourceFault) -> [Int64]? {
        try use { (database) throws(SourceFault) in
            do {
                guard let row = try Row.fetchOne(database, sql: sql) else { return nil }
                return row.databaseValues.map { Int64.fromDatabaseValue($0) ?? 0 }
            } catch {
                throw SQLiteFile.fault(error)
            }
        }
    }

    func prepare(_ sql: String) throws(SourceFault) -> SQLiteStatement {
        try use { (database) throws(SourceFault) in
            do { return SQLiteStatement(try database.makeStatement(sql: sql)) } catch { throw SQLiteFile.fault(error) }
        }
    }

    func close() throws(SourceFault) {
        do { try queue.close() } catch { throw SQLiteFile.fault(error) }
    }

    static func fault(_ error: any Error) -> SourceFault {
        // The code alone: SQLite's text may quote a statement, and a statement may carry a value.
        if let error = error as? DatabaseError { return .database(code: error.extendedResultCode.rawValue) }
        return .database(code: SQLITE_ERROR)
    }
}

/// A prepared statement, stepped by hand. Used by the one thread that uses its file, and not while `SQLiteFile.use` runs.
@safe final class SQLiteStatement {
    // Invariant: GRDB's statement owns the handle and lives as long as this value, which keeps it.
    private let owner: Statement
    private let handle: OpaquePointer

    init(_ statement: Statement) {
        owner = statement
        unsafe handle = statement.sqliteStatement
    }

    /// Parameters count from 1.
    func bindNull(_ index: Int) { unsafe require(sqlite3_bind_null(handle, Int32(index))) }
    func bind(_ index: Int, _ value: Int64) { unsafe require(sqlite3_bind_int64(handle, Int32(index), value)) }
    func bind(_ index: Int, _ value: Double) { unsafe require(sqlite3_bind_double(handle, Int32(index), value)) }

    /// Binds bytes that SQLite reads at the next step: `buffer` must stay where it is until then.
    func bind(_ index: Int, text buffer: UnsafeBufferPointer<UInt8>) {
        unsafe require(sqlite3_bind_text64(handle, Int32(index), SQLiteStatement.start(buffer), UInt64(buffer.count), nil, UInt8(SQLITE_UTF8)))
    }

    func bind(_ index: Int, blob buffer: UnsafeBufferPointer<UInt8>) {
        unsafe require(sqlite3_bind_blob64(handle, Int32(index), SQLiteStatement.start(buffer), UInt64(buffer.count), nil))
    }

    /// Binds a copy.
    func bind(_ index: Int, copying text: String) {
        var text = text
        // Invariant: SQLite copies before the call returns, as SQLITE_TRANSIENT (-1) tells it to.
        text.withUTF8 { buffer in
            let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
            unsafe require(sqlite3_bind_text64(handle, Int32(index), SQLiteStatement.start(buffer), UInt64(buffer.count), transient, UInt8(SQLITE_UTF8)))
        }
    }

    /// A null pointer would bind NULL, so the start of an empty buffer is any address that is not null; no byte of it is read.
    private static func start<T>(_ buffer: UnsafeBufferPointer<UInt8>) -> UnsafePointer<T>? {
        unsafe buffer.baseAddress.map { unsafe UnsafeRawPointer($0).assumingMemoryBound(to: T.self) } ?? UnsafePointer(bitPattern: 16)
    }

    /// Whether there is a row.
    func step() throws(SourceFault) -> Bool {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw .database(code: code)
        }
    }

    /// Steps of the virtual machine since this was last asked.
    func takeSteps() -> Int { Int(unsafe sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_VM_STEP, 1)) }

    /// Makes the statement ready to be bound and stepped again, and lets go of what it holds.
    func reset() { _ = unsafe sqlite3_reset(handle) }

    /// Columns count from 0.
    func isNull(_ column: Int) -> Bool { unsafe sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL }
    func integer(_ column: Int) -> Int64 { unsafe sqlite3_column_int64(handle, Int32(column)) }
    func real(_ column: Int) -> Double { unsafe sqlite3_column_double(handle, Int32(column)) }

    /// Lends the bytes of a text or blob until the next step.
    func withBytes<R>(_ column: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        // Invariant: the pointer is asked for before the length, as SQLite requires, and both hold until the next step or reset.
        let start = unsafe sqlite3_column_blob(handle, Int32(column))
        let count = unsafe Int(sqlite3_column_bytes(handle, Int32(column)))
        return unsafe body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }

    private func require(_ code: Int32) {
        precondition(code == SQLITE_OK, "a parameter that the statement does not have, or one too large")
    }
}
