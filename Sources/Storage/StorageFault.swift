/// What can go wrong with the store itself. A refusal that the caller's rules make (an unknown agreement, a used-up quota) is a value, never
/// one of these. No case carries a stored value.
package enum StorageFault: Error, Hashable, Sendable {
    /// A row with that key exists, or a row that it refers to does not. The text names the constraint. Nothing of the statement was written.
    case conflict(String)
    /// Another transaction was in the way; the body may be run again.
    case serialization
    /// No space is left on the device.
    case full
    /// Reading, writing or syncing failed. What was being committed may or may not be on disk: stop, and recover from disk.
    case io(String)
    /// The file is not what was written to it, or was never a store.
    case corrupt(String)
    /// A setting that durability rests on does not read back as required.
    case setting(name: String, required: String, found: String)
    /// Another process holds the home.
    case locked(String)
    /// The home was made by a newer program, was not yet opened by this one's broker, or has not been initialised.
    case schema(found: Int, supported: Int)
    /// A value is outside the bounds of `StorageLimits`; the text names the field and the bound.
    case limit(String)
    /// A file of the home is missing, exists already, or is readable by others. The text names the file and the remedy.
    case file(String)
    /// The store was closed, or stopped after an earlier fault.
    case stopped

    /// Whether only the one act failed and the store is as sound as before.
    package var concernsOneAct: Bool {
        switch self {
        case .conflict, .limit: true
        case .serialization, .full, .io, .corrupt, .setting, .locked, .schema, .file, .stopped: false
        }
    }
}

extension StorageFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .conflict(let constraint): "storage: the change conflicts with \(constraint); read the current state and try again"
        case .serialization: "storage: another transaction was in the way; try again"
        case .full: "storage: no space is left on the device; free some and restart the broker"
        case .io(let what): "storage: \(what) failed; restart the broker, which recovers from disk"
        case .corrupt(let what): "storage: \(what) is damaged; restore the home from a backup and compare it with the witnesses"
        case .setting(let name, let required, let found): "storage: setting \(name) must be \(required) but reads back as \(found)"
        case .locked(let path): "storage: \(path) is held by another broker; stop it first"
        case .schema(let found, let supported):
            if found == 0 {
                "storage: the home has no database; run `concordat init` first"
            } else if found < supported {
                "storage: the database has the older schema \(found); start the broker of this program once, which brings it to \(supported)"
            } else {
                "storage: the database has schema \(found) but this program knows \(supported); use the program that wrote it or a newer one"
            }
        case .limit(let what): "storage: \(what)"
        case .file(let what): "storage: \(what)"
        case .stopped: "storage: stopped after an earlier fault; restart the broker"
        }
    }
}
