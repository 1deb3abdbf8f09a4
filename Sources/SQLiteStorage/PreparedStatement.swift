import Cryptography
import GRDB
import GRDBSQLite
import Storage
import Vocabulary

/// One compiled statement of one connection, stepped without GRDB's bookkeeping: on the exchange path that costs more than SQLite does.
@safe final class PreparedStatement {
    // Invariant: GRDB's statement owns the handle and outlives it here; both are used only inside an access to their connection.
    private let owner: Statement
    private let handle: OpaquePointer

    init(_ statement: Statement) {
        owner = statement
        unsafe handle = statement.sqliteStatement
    }

    /// Runs a statement that answers no row. Returns how many rows it changed.
    @discardableResult
    func execute(_ values: SQLValue...) throws(StorageFault) -> Int {
        defer { reset() }
        try bind(values)
        guard try step() == false else { preconditionFailure("a statement that changes rows answered one") }
        return Int(unsafe sqlite3_changes(sqlite3_db_handle(handle)))
    }

    /// The first row, where there is one.
    func first<Value>(_ values: SQLValue..., read: (SQLRow) throws(StorageFault) -> Value) throws(StorageFault) -> Value? {
        defer { reset() }
        try bind(values)
        guard try step() else { return nil }
        return try read(unsafe SQLRow(handle))
    }

    /// The one row of a changing statement with a RETURNING clause; nil where nothing was changed.
    func returning<Value>(_ values: SQLValue..., read: (SQLRow) throws(StorageFault) -> Value) throws(StorageFault) -> Value? {
        defer { reset() }
        try bind(values)
        guard try step() else { return nil }
        let value = try read(unsafe SQLRow(handle))
        guard try step() == false else { preconditionFailure("a statement that changes one row answered two") }
        return value
    }

    /// All rows, at most `limit` of them.
    func all<Value>(
        _ values: SQLValue..., limit: Int = .max, read: (SQLRow) throws(StorageFault) -> Value
    ) throws(StorageFault) -> [Value] {
        defer { reset() }
        try bind(values)
        var found: [Value] = []
        while try step() {
            guard found.count < limit else { throw .limit("a list would be longer than \(limit) rows") }
            found.append(try read(unsafe SQLRow(handle)))
        }
        return found
    }

    private func bind(_ values: [SQLValue]) throws(StorageFault) {
        for (index, value) in values.enumerated() {
            let code = bind(value, at: CInt(index + 1))
            guard code == SQLITE_OK else { throw fault(code) }
        }
    }

    private func bind(_ value: SQLValue, at index: CInt) -> CInt {
        // Invariant: SQLite copies (SQLITE_TRANSIENT) within the call, so no pointer outlives its closure.
        switch value {
        case .null: unsafe sqlite3_bind_null(handle, index)
        case .int(let number): unsafe sqlite3_bind_int64(handle, index, number)
        case .text(let text):
            unsafe sqlite3_bind_text(handle, index, text, CInt(text.utf8.count), Self.transient)
        case .blob(let bytes):
            unsafe bytes.withUnsafeBytes { buffer in
                // A nil pointer would bind NULL: an empty blob is not NULL.
                unsafe buffer.isEmpty
                    ? unsafe sqlite3_bind_zeroblob(handle, index, 0)
                    : unsafe sqlite3_bind_blob64(handle, index, buffer.baseAddress, UInt64(buffer.count), Self.transient)
            }
        case .digest(let digest):
            digest.withSpan { span in
                unsafe span.withUnsafeBytes { buffer in
                    unsafe sqlite3_bind_blob64(handle, index, buffer.baseAddress, UInt64(buffer.count), Self.transient)
                }
            }
        }
    }

    /// True where a row is ready.
    private func step() throws(StorageFault) -> Bool {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw fault(code)
        }
    }

    private func reset() {
        unsafe sqlite3_reset(handle)
        unsafe sqlite3_clear_bindings(handle)
    }

    private func fault(_ code: CInt) -> StorageFault {
        let connection = unsafe sqlite3_db_handle(handle)
        let extended = unsafe sqlite3_extended_errcode(connection)
        return storageFault(code: extended == SQLITE_OK ? code : extended, message: unsafe String(cString: sqlite3_errmsg(connection)))
    }

    // Invariant: the constant of sqlite3.h that asks for a copy; never called.
    private static let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

/// The row that a statement stands on. Valid inside the closure that it is handed to.
@safe struct SQLRow {
    // Invariant: handed to a closure that ends before the statement is stepped or reset.
    private let handle: OpaquePointer

    fileprivate init(_ handle: OpaquePointer) {
        unsafe self.handle = handle
    }

    func isNull(_ column: CInt) -> Bool { unsafe sqlite3_column_type(handle, column) == SQLITE_NULL }
    func int(_ column: CInt) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

    func text(_ column: CInt) -> String {
        guard let start = unsafe sqlite3_column_text(handle, column) else { return "" }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func blob(_ column: CInt) -> [UInt8] {
        guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    func bool(_ column: CInt) -> Bool { int(column) != 0 }
    func time(_ column: CInt) -> Timestamp { Timestamp(microseconds: int(column)) }

    func uint64(_ column: CInt, _ name: StaticString) throws(StorageFault) -> UInt64 {
        try value(UInt64(exactly: int(column)), name)
    }

    func uint32(_ column: CInt, _ name: StaticString) throws(StorageFault) -> UInt32 {
        try value(UInt32(exactly: int(column)), name)
    }

    func byte(_ column: CInt, _ name: StaticString) throws(StorageFault) -> UInt8 {
        try value(UInt8(exactly: int(column)), name)
    }

    func digest(_ column: CInt, _ name: StaticString) throws(StorageFault) -> Digest {
        try value(Digest(blob(column)), name)
    }

    func entry(_ column: CInt, _ name: StaticString) throws(StorageFault) -> LedgerIndex {
        LedgerIndex(try uint64(column, name))
    }

    /// What a column must hold. Nil means that the file is damaged: everything in it was written by this module.
    func value<Value>(_ value: Value?, _ name: StaticString) throws(StorageFault) -> Value {
        guard let value else { throw .corrupt("column \(name)") }
        return value
    }
}
