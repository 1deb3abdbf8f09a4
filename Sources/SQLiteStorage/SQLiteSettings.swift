import GRDB
import Storage

/// The settings that durability and integrity rest on: set on every connection before its first use, and read back.
package struct SQLiteSettings: Sendable {
    package enum Role: Sendable {
        /// The one connection that writes and checkpoints.
        case writer
        case reader
    }

    /// One pragma and the value that it must read back as.
    struct Setting {
        let name: String
        let value: String
        let readsBackAs: String
    }

    /// The order matters: `synchronous` is set after the journal mode.
    static func required(for role: Role) -> [Setting] {
        let both = [
            // Memory-mapped reads would see a damaged page as a crash, and would bypass the error checks of read().
            Setting(name: "mmap_size", value: "0", readsBackAs: "0"),
            Setting(name: "cell_size_check", value: "ON", readsBackAs: "1"),
            Setting(name: "foreign_keys", value: "ON", readsBackAs: "1"),
            Setting(name: "trusted_schema", value: "OFF", readsBackAs: "0"),
        ]
        switch role {
        case .writer:
            return [
                Setting(name: "journal_mode", value: "WAL", readsBackAs: "wal"),
                // FULL syncs the WAL at each commit; GRDB would leave NORMAL, which loses commits on a power cut.
                Setting(name: "synchronous", value: "FULL", readsBackAs: "2"),
                // What was erased (salt keys, subject keys) must not stay readable in free pages.
                Setting(name: "secure_delete", value: "ON", readsBackAs: "1"),
                Setting(name: "wal_autocheckpoint", value: "4000", readsBackAs: "4000"),
                // 64 MiB: indices by random keys touch pages all over, and reading them back costs more than keeping them.
                Setting(name: "cache_size", value: "-65536", readsBackAs: "-65536"),
                // Copies of pages under a savepoint stay off the disk, and so do a temporary file's salt keys.
                Setting(name: "temp_store", value: "MEMORY", readsBackAs: "2"),
            ] + both
        case .reader:
            return [Setting(name: "query_only", value: "ON", readsBackAs: "1")] + both
        }
    }

    /// Sets and reads back. `.setting` names the first that differs.
    static func apply(_ role: Role, to connection: Database) throws {
        for setting in required(for: role) {
            // `journal_mode` and some others answer a row when they are set.
            _ = try String.fetchOne(connection, sql: "PRAGMA \(setting.name) = \(setting.value)")
        }
        try verify(role, on: connection)
    }

    static func verify(_ role: Role, on connection: Database) throws {
        for (name, value, required) in try readBack(role, on: connection) where value != required {
            throw StorageFault.setting(name: name, required: required, found: value)
        }
    }

    /// Each required setting as the connection reports it now.
    static func readBack(_ role: Role, on connection: Database) throws -> [(name: String, value: String, required: String)] {
        try required(for: role).map { setting in
            // A build of SQLite without memory mapping answers no row for it: that is 0.
            let value = try String.fetchOne(connection, sql: "PRAGMA \(setting.name)") ?? "0"
            return (setting.name, value, setting.readsBackAs)
        }
    }

    /// One writer and WAL readers do not wait for each other, but for the moment in which the first connection recovers the WAL or the last
    /// one closes it.
    static func configuration(_ role: Role, label: String) -> Configuration {
        var configuration = Configuration()
        configuration.label = label
        configuration.readonly = role == .reader
        configuration.foreignKeysEnabled = true
        // `.default` keeps GRDB from setting the journal mode, and with it `synchronous`, after `prepareDatabase`.
        configuration.journalMode = .default
        configuration.maximumReaderCount = 1
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { connection in try apply(role, to: connection) }
        return configuration
    }
}
