import Cryptography
import GRDB
import Storage
import Vocabulary

/// One connection with its compiled statements: the reading and the writing side of every store. Used inside an access to its connection
/// only, which the owner (`SQLiteStore`, `SQLiteReader`) sees to.
final class SQLiteSession: StorageTransaction {
    let limits: StorageLimits
    private let connection: Database
    /// By the address of the SQL text, which is a constant of the program.
    private var statements: [UInt: PreparedStatement] = [:]
    private var changes = EpochChanges()

    init(_ connection: Database, limits: StorageLimits) {
        self.connection = connection
        self.limits = limits
    }

    /// The statement for that text, compiled at its first use.
    func statement(_ sql: StaticString) throws(StorageFault) -> PreparedStatement {
        precondition(sql.hasPointerRepresentation, "a statement is a literal longer than one character")
        // Invariant: the pointer is used as a number; the literal lives as long as the program.
        let key = unsafe UInt(bitPattern: sql.utf8Start)
        if let known = statements[key] { return known }
        let text = sql.description
        let compiled = try withStorageFaults { PreparedStatement(try connection.makeStatement(sql: text)) }
        statements[key] = compiled
        return compiled
    }

    /// Finalises all statements, so that the connection can be closed.
    func dropStatements() {
        statements = [:]
    }

    // MARK: Transactions

    func begin() throws(StorageFault) {
        changes = EpochChanges()
        try statement("BEGIN IMMEDIATE").execute()
    }

    func beginReading() throws(StorageFault) {
        try statement("BEGIN DEFERRED").execute()
    }

    /// On return everything is on stable storage (`synchronous=FULL`).
    func commit() throws(StorageFault) {
        try statement("COMMIT").execute()
    }

    /// Leaves the transaction, where SQLite has not left it already after an error.
    func rollback() throws(StorageFault) {
        changes = EpochChanges()
        guard connection.isInsideTransaction else { return }
        try statement("ROLLBACK").execute()
    }

    func tentatively<Value>(_ body: () throws(StorageFault) -> Tentative<Value>) throws(StorageFault) -> Value {
        let before = changes
        try statement("SAVEPOINT act").execute()
        do throws(StorageFault) {
            switch try body() {
            case .keep(let value):
                try statement("RELEASE act").execute()
                return value
            case .undo(let value):
                try undo(to: before)
                return value
            }
        } catch {
            try undo(to: before)
            throw error
        }
    }

    private func undo(to before: EpochChanges) throws(StorageFault) {
        changes = before
        // After an I/O error SQLite may have rolled the whole transaction back, and the savepoint with it.
        guard connection.isInsideTransaction else { return }
        try statement("ROLLBACK TO act").execute()
        try statement("RELEASE act").execute()
    }

    // MARK: Epochs

    func takeEpochChanges() -> EpochChanges {
        defer { changes = EpochChanges() }
        return changes
    }

    func noteBump(_ scope: EpochScope, _ value: UInt64) {
        changes.bumped.append((scope, value))
        changes.touched = true
    }

    func noteDenial(_ token: Digest, _ expiry: Timestamp) {
        changes.denied.append((token, expiry))
    }

    /// Something that others compute from has changed.
    func touch() {
        changes.touched = true
    }

    // MARK: Bounds

    func check(blob bytes: [UInt8], _ field: StaticString) throws(StorageFault) {
        guard bytes.count <= limits.maxBlobBytes else { throw .limit("\(field) is longer than \(limits.maxBlobBytes) bytes") }
    }

    func check(text: String, _ field: StaticString) throws(StorageFault) {
        guard text.utf8.count <= limits.maxTextBytes else { throw .limit("\(field) is longer than \(limits.maxTextBytes) bytes of UTF-8") }
    }

    func check(number: UInt64, _ field: StaticString) throws(StorageFault) {
        guard number <= UInt64(Int64.max) else { throw .limit("\(field) is above \(Int64.max)") }
    }
}
