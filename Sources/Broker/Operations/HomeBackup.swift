import Foundation
import Ledger
import SQLiteStorage
import Storage

/// Copies a home's database, sources and configuration, while the broker runs or not, and puts such a copy in place again. The keys are not in it: they
/// are backed up apart, as whoever holds both could continue the ledger.
package enum HomeBackup {
    /// Makes the folder `target` and fills it; then opens the copy and checks its ledger as a start would. Answers the size of the ledger in it.
    package static func make(of home: BrokerHome, at target: String) throws(BrokerFault) -> UInt64 {
        let copy = BrokerHome(target)
        guard !FileManager.default.fileExists(atPath: copy.path) else {
            throw .home(path: copy.path, reason: "exists; give a folder that a backup can make")
        }
        let snapshot = try storing(home) { () throws(StorageFault) in try SQLiteSnapshot(home) }.get()
        // Before the copy: the broker may run on, and what it remembers later is newer than the copy.
        let check = try check(home, against: snapshot).get()
        let copied = try storing(home) { () throws(StorageFault) in
            try OpenFile.makeFolder(copy.path)
            try OpenFile.makeFolder(copy.sources)
            try snapshot.copy(to: copy.database)
            try copyFile(home.configuration, to: copy.configuration)
            let copied = try SQLiteSnapshot(copy)
            let files = try copied.read { reading throws(StorageFault) in try Set(reading.datasets().map(\.sourceFile)) }
            try copyFiles(files, from: home, to: copy)
            return copied
        }.get()
        return try size(of: copied, check, home).get()
    }

    /// Puts the backup at `source` into `home`, whose keys are there and whose database is not. A backup that is older than what the home's
    /// `keys/ledger.head` remembers is refused: signed entries would be gone.
    package static func restore(_ source: String, into home: BrokerHome) throws(BrokerFault) -> UInt64 {
        let backup = BrokerHome(source)
        for path in [home.database, home.database + "-wal", home.database + "-shm"] where FileManager.default.fileExists(atPath: path) {
            throw .home(path: path, reason: "is in the way; move it out of the home first, and keep it until the restored broker runs")
        }
        let snapshot = try storing(backup) { () throws(StorageFault) in try SQLiteSnapshot(backup) }.get()
        let size = try size(of: snapshot, check(home, against: snapshot).get(), home).get()
        try storing(home) { () throws(StorageFault) in
            let lock = try HomeLock(home)
            defer { withExtendedLifetime(lock) {} }
            try home.create()
            if !FileManager.default.fileExists(atPath: home.configuration) { try copyFile(backup.configuration, to: home.configuration) }
            let files = try snapshot.read { reading throws(StorageFault) in try Set(reading.datasets().map(\.sourceFile)) }
            try copyFiles(files, from: backup, to: home)
            // The database last and by its name at once: a restore that was cut short is no home.
            try snapshot.copy(to: home.database + ".restored")
            try OpenFile.rename(home.database + ".restored", to: home.database)
            try OpenFile.folder(home.path).sync()
        }.get()
        return size
    }

    private static func copyFiles(_ names: Set<String>, from: BrokerHome, to: BrokerHome) throws(StorageFault) {
        for name in names.sorted() where !FileManager.default.fileExists(atPath: to.sources + "/" + name) {
            try copyFile(from.sources + "/" + name, to: to.sources + "/" + name)
        }
        try OpenFile.folder(to.sources).sync()
    }

    /// Whole files that nobody changes: a source is replaced by another file, never written again.
    private static func copyFile(_ path: String, to target: String) throws(StorageFault) {
        let part = target + ".part"
        do {
            if FileManager.default.fileExists(atPath: part) { try FileManager.default.removeItem(atPath: part) }
            try FileManager.default.copyItem(atPath: path, toPath: part)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: part)
        } catch {
            throw .file("\(path) cannot be copied to \(target); see that it is there, readable, and that there is room; then begin anew")
        }
        try OpenFile.read(part)?.sync()
        try OpenFile.rename(part, to: target)
    }

    private static func check(_ home: BrokerHome, against snapshot: SQLiteSnapshot) -> Result<LogCheck, BrokerFault> {
        storing(home) { () throws(StorageFault) in
            try snapshot.read { reading throws(StorageFault) in Result { () throws(LedgerFault) in try LogCheck(home, in: reading) } }
        }.flatMap { made in made.mapError { .home(path: home.path, reason: $0.description) } }
    }

    private static func size(of snapshot: SQLiteSnapshot, _ check: LogCheck, _ home: BrokerHome) -> Result<UInt64, BrokerFault> {
        storing(home) { () throws(StorageFault) in
            try snapshot.read { reading throws(StorageFault) in Result { () throws(LedgerFault) in try check.head(of: reading).size } }
        }.flatMap { checked in
            checked.mapError { fault in
                guard case .rolledBack(let size, let signed) = fault else { return .home(path: home.path, reason: fault.description) }
                return .home(
                    path: home.path,
                    reason: "the backup's ledger has \(size) entries, and keys/ledger.head shows that \(signed) were signed for: to restore it would roll "
                        + "the log back and lose what others hold receipts of. Restore a newer backup")
            }
        }
    }

    private static func storing<Value>(_ home: BrokerHome, _ body: () throws(StorageFault) -> Value) -> Result<Value, BrokerFault> {
        do throws(StorageFault) {
            return .success(try body())
        } catch .locked {
            return .failure(.locked(path: home.path))
        } catch {
            return .failure(.home(path: home.path, reason: error.description))
        }
    }
}
