import GRDB
import GRDBSQLite
import Storage

/// Sorts SQLite's result codes (sqlite.org/rescode.html) into the faults that callers switch on. A constraint's message names tables and
/// columns, never values; other messages are not passed on.
func storageFault(code: CInt, message: String) -> StorageFault {
    switch code & 0xff {
    case SQLITE_CONSTRAINT: .conflict(message)
    case SQLITE_BUSY, SQLITE_LOCKED: .serialization
    case SQLITE_FULL: .full
    case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt("the database file (SQLite code \(code))")
    case SQLITE_TOOBIG: .limit("a value is longer than SQLite takes")
    default: .io("a database operation (SQLite code \(code))")
    }
}

/// Runs a call into GRDB and sorts its error.
func withStorageFaults<Value>(_ body: () throws -> Value) throws(StorageFault) -> Value {
    do {
        return try body()
    } catch let error as DatabaseError {
        throw storageFault(code: error.extendedResultCode.rawValue, message: error.message ?? "a constraint")
    } catch let fault as StorageFault {
        throw fault
    } catch {
        throw .io("a database operation (\(type(of: error)))")
    }
}
