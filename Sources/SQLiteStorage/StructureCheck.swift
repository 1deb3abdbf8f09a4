import GRDB
import Storage

/// Looks at every page of the database file: whether it is still one that SQLite wrote. Costs the reading of the whole file.
package enum StructureCheck: String, Sendable {
    /// Every page, and every reference between tables: what a start looks at.
    case quick = "quick_check"
    /// The same, and whether indexes say what their tables say. Takes a few times as long.
    case full = "integrity_check"

    /// `.corrupt` where something is damaged.
    func run(on connection: Database) throws {
        guard try String.fetchAll(connection, sql: "PRAGMA \(rawValue)(1)") == ["ok"] else { throw StorageFault.corrupt("the database file") }
        guard try Row.fetchOne(connection, sql: "PRAGMA foreign_key_check") == nil else {
            throw StorageFault.corrupt("a reference between tables")
        }
    }
}
