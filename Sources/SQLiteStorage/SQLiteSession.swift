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
    /// Whether `tentatively` opens savepoints in this transaction; where not, whether it would have needed one.
    private var opensSavepoints = false
    private(set) var needsSavepoints = false
    /// What was charged in this transaction: one row is written for each meter at the commit, however many acts charge it.
    private var charged: [QuotaMeter: ChargedMeter] = [:]
    private var charges = 0

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

    /// - Parameter savepoints: false for the fast way, in which nothing that was written can be undone by itself: see `tentatively`.
    func begin(savepoints: Bool) throws(StorageFault) {
        forgetTransaction()
        opensSavepoints = savepoints
        needsSavepoints = false
        try statement("BEGIN IMMEDIATE").execute()
    }

    func beginReading() throws(StorageFault) {
        try statement("BEGIN DEFERRED").execute()
    }

    /// On return everything is on stable storage (`synchronous=FULL`).
    func commit() throws(StorageFault) {
        // A body that went on after the fault below has kept what it meant to undo.
        guard !needsSavepoints else { throw .serialization }
        for meter in charged.values { try write(meter) }
        charged = [:]
        try statement("COMMIT").execute()
    }

    /// Leaves the transaction, where SQLite has not left it already after an error.
    func rollback() throws(StorageFault) {
        forgetTransaction()
        guard connection.isInsideTransaction else { return }
        try statement("ROLLBACK").execute()
    }

    private func forgetTransaction() {
        changes = EpochChanges()
        charged = [:]
    }

    /// A savepoint makes SQLite copy every page that is changed under it, which costs more than the change. Most acts are kept, or refuse
    /// before they write anything, so the first run of a transaction opens none; where an act has to be undone after it wrote, the whole
    /// transaction is undone and run again with savepoints.
    func tentatively<Value>(_ body: () throws(StorageFault) -> Tentative<Value>) throws(StorageFault) -> Value {
        guard opensSavepoints else { return try optimistically(body) }
        let before = (changes, charged)
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

    private func optimistically<Value>(_ body: () throws(StorageFault) -> Tentative<Value>) throws(StorageFault) -> Value {
        let before = (changes: changes, rows: connection.totalChangesCount, charges: charges)
        do throws(StorageFault) {
            switch try body() {
            case .keep(let value): return value
            case .undo(let value):
                try requireNothingWritten(since: before)
                return value
            }
        } catch {
            guard error.concernsOneAct else { throw error }
            try requireNothingWritten(since: before)
            throw error
        }
    }

    private func requireNothingWritten(since before: (changes: EpochChanges, rows: Int, charges: Int)) throws(StorageFault) {
        guard connection.totalChangesCount == before.rows, charges == before.charges else {
            needsSavepoints = true
            throw .serialization
        }
        changes = before.changes
    }

    private func undo(to before: (EpochChanges, [QuotaMeter: ChargedMeter])) throws(StorageFault) {
        (changes, charged) = before
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

    // MARK: Meters

    /// What was charged to a meter in this transaction, the rows before it included; nil where nothing was.
    func chargedNow(_ meter: QuotaMeter) -> QuotaAmount? {
        charged[meter.identity]?.used
    }

    func noteCharge(_ used: QuotaAmount, to meter: QuotaMeter) {
        charges += 1
        charged[meter.identity] = ChargedMeter(meter: meter, used: used)
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
