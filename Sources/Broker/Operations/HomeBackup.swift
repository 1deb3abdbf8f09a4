import DataSources
import Ledger
import SQLiteStorage
import Storage

/// Copies a home's database, sources and configuration, while the broker runs or not, and puts such a copy in place again. The keys are not in it: they
/// are backed up apart, as whoever holds both could continue the ledger.
package enum HomeBackup {
    /// Makes the folder `target`, in a folder that is there and outside the home, and fills it; then opens the copy, looks at every page of its
    /// database and checks its ledger as a start would. Returns when the copy is on stable storage. Answers the size of the ledger in it.
    package static func make(of home: BrokerHome, at target: String) throws(BrokerFault) -> UInt64 {
        let copy = BrokerHome(target)
        let parent = try place(for: copy, outside: home)
        let snapshot = try storing(home) { () throws(StorageFault) in try SQLiteSnapshot(home) }.get()
        // Before the copy: the broker may run on, and what it remembers later is newer than the copy.
        let check = try check(home, against: snapshot).get()
        try storing(home) { () throws(StorageFault) in try OpenFile.makeNewFolder(copy.path) }.get()
        do throws(BrokerFault) {
            let copied = try storing(home) { () throws(StorageFault) in try fill(copy, from: home, snapshot) }.get()
            try storing(home) { () throws(StorageFault) in try OpenFile.folder(parent).sync() }.get()
            return try size(of: copied, check, home).get()
        } catch {
            guard case .home(let path, let reason) = error else { throw error }
            throw .home(path: path, reason: reason + ". \(copy.path) is no backup; remove it")
        }
    }

    /// The folder that the copy's folder is to be made in.
    private static func place(for copy: BrokerHome, outside home: BrokerHome) throws(BrokerFault) -> String {
        guard !copy.path.isEmpty else { throw .home(path: "the folder to make", reason: "has no name; give one") }
        let isThere = try storing(copy) { () throws(StorageFault) in try OpenFile.exists(copy.path) }.get()
        guard !isThere else { throw .home(path: copy.path, reason: "exists; give a folder that a backup can make") }
        let above = copy.path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let parent = above.isEmpty ? (copy.path.hasPrefix("/") ? "/" : ".") : above
        let (resolved, root) = try storing(copy) { () throws(StorageFault) in try (OpenFile.resolved(parent), OpenFile.resolved(home.path)) }.get()
        guard let found = resolved else { throw .home(path: parent, reason: "is missing, and the copy is to be made in it; make it first") }
        if let root, found == root || found.hasPrefix(root + "/") {
            throw .home(path: copy.path, reason: "lies in the broker's home \(home.path) and would be lost with it; give a folder outside it")
        }
        return found
    }

    private static func fill(_ copy: BrokerHome, from home: BrokerHome, _ snapshot: SQLiteSnapshot) throws(StorageFault) -> SQLiteSnapshot {
        try OpenFile.makeNewFolder(copy.sources)
        try snapshot.copy(to: copy.database)
        try OpenFile.copy(home.configuration, to: copy.configuration, limit: ConfigurationFile.maxBytes)
        let copied = try SQLiteSnapshot(copy)
        try copied.require(.full)
        try copySources(of: copied, from: home, to: copy)
        try requireSources(of: copied, in: copy)
        try OpenFile.folder(copy.path).sync()
        return copied
    }

    /// Puts the backup at `source` into `home`, whose keys are there and whose database is not. Sources that are there are replaced, as they may be
    /// damaged. A backup whose database is damaged is refused, and so is one that is older than what the home's `keys/ledger.head` remembers: signed
    /// entries would be gone.
    package static func restore(_ source: String, into home: BrokerHome) throws(BrokerFault) -> UInt64 {
        let backup = BrokerHome(source)
        for path in [home.database, home.database + "-wal", home.database + "-shm"] {
            let isThere = try storing(home) { () throws(StorageFault) in try OpenFile.exists(path) }.get()
            guard !isThere else {
                throw .home(path: path, reason: "is in the way; move it out of the home first, and keep it until the restored broker runs")
            }
        }
        let snapshot = try sound(backup).get()
        let size = try size(of: snapshot, check(home, against: snapshot).get(), home).get()
        try storing(backup) { () throws(StorageFault) in try requireSources(of: snapshot, in: backup) }.get()
        try storing(home) { () throws(StorageFault) in
            let lock = try HomeLock(home)
            defer { withExtendedLifetime(lock) {} }
            try home.create()
            if try !OpenFile.exists(home.configuration) { try OpenFile.copy(backup.configuration, to: home.configuration, limit: ConfigurationFile.maxBytes) }
            try copySources(of: snapshot, from: backup, to: home)
            // The database last and by its name at once: a restore that was cut short is no home.
            try snapshot.copy(to: home.database + ".restored")
            try OpenFile.rename(home.database + ".restored", to: home.database)
            try OpenFile.folder(home.path).sync()
        }.get()
        return size
    }

    /// A backup of whose database every page has been looked at.
    private static func sound(_ backup: BrokerHome) -> Result<SQLiteSnapshot, BrokerFault> {
        do throws(StorageFault) {
            let snapshot = try SQLiteSnapshot(backup)
            try snapshot.require(.full)
            return .success(snapshot)
        } catch .corrupt {
            return .failure(
                .home(path: backup.database, reason: "is damaged, and nothing was put in place; restore another backup, and see what damaged this one"))
        } catch {
            return .failure(.home(path: backup.path, reason: error.description))
        }
    }

    private static func copySources(of snapshot: SQLiteSnapshot, from: BrokerHome, to: BrokerHome) throws(StorageFault) {
        let names = try snapshot.read { reading throws(StorageFault) in try Set(reading.datasets().map(\.sourceFile)) }
        guard !names.contains(where: { $0.isEmpty || $0.contains("/") }) else { throw .corrupt("the name of a dataset's file") }
        let limit = Int(clamping: SourceLimits().maxSourceBytes)
        for name in names.sorted() { try OpenFile.copy(from.sources + "/" + name, to: to.sources + "/" + name, limit: limit) }
        try OpenFile.folder(to.sources).sync()
    }

    private static func requireSources(of snapshot: SQLiteSnapshot, in home: BrokerHome) throws(StorageFault) {
        if let words = try SourceExamination.faults(of: home, snapshot) { throw .file("\(home.sources): \(words)") }
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
                        + "the log back and lose what others hold receipts of. Restore a backup that was made after the last entry. Where there is "
                        + "none, this log cannot go on: keep it and its keys as evidence, and begin another with `concordat init` and a new origin "
                        + "(README, Backups and loss)")
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
