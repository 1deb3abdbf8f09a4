import AuditTrail
import Storage

/// Why an act was not recorded, or the log cannot be opened. A caller that gets one of these releases nothing.
package enum LedgerFault: Error, Hashable, Sendable {
    /// As many acts wait as may: try again.
    case overloaded
    /// The sequencer is stopping or has stopped.
    case stopped
    /// The sequencer has failed and takes nothing until the process has recovered from disk.
    case failed(String)
    /// Little space is left, or the clock stands far behind the newest entry. Nothing was written; it may work again later.
    case suspended(String)
    /// The act waited longer for its place than an entry may say. Nothing was written; sent again, it is a new act.
    case late
    /// The store refused this act alone.
    case act(StorageFault)
    /// The log on disk does not fit the last signed checkpoint, or itself. Nothing is signed.
    case inconsistent(String)
    /// The store holds fewer entries than this log's key has signed for: an old copy was put back.
    case rolledBack(size: UInt64, signed: UInt64)
    /// The log has entries, and the file that says which checkpoint was signed last is gone: an old copy could not be told from the newest.
    case forgotten(path: String, size: UInt64)
    /// The store cannot be read or written.
    case store(StorageFault)
    /// The origin or the key of the log cannot be used.
    case key(String)
}

extension LedgerFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .overloaded: "ledger: too many acts are waiting; try again"
        case .stopped: "ledger: the broker is stopping"
        case .failed(let reason): "ledger: failed (\(reason)); restart the broker, which recovers from disk"
        case .suspended(let reason): "ledger: takes nothing for now: \(reason)"
        case .late: "ledger: the act waited more than \(EntryLimits.maxWaitSeconds) s for its place; send it again"
        case .act(let fault): "ledger: the act was refused: \(fault)"
        case .inconsistent(let what): "ledger: \(what); do not start the broker, and compare the log with its witnesses"
        case .rolledBack(let size, let signed):
            "ledger: the database holds \(size) entries but \(signed) were signed for; restore the newest copy, never an older one"
        case .forgotten(let path, let size):
            "ledger: \(path) is missing, and the database holds \(size) entries: without it nobody can tell whether they are all that were signed for. "
                + "Put the file back as it was; if it is lost, put there the newest checkpoint that anybody outside holds (a witness, an export, a "
                + "receipt), with mode 600, and never one of a database that may be old"
        case .store(let fault): "ledger: \(fault)"
        case .key(let reason): "ledger: \(reason)"
        }
    }
}
