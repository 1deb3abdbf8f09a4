/// The first thing that the whole-log verifier found wrong, and where.
package enum LogFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The reader has no such resource, though the signed size says that it exists: a withheld tail, or a loss.
    case missing(path: String)
    /// The reader failed: says nothing about the log.
    case unavailable(path: String, reason: String)
    /// A hash tile or bundle does not have the bytes that its place and the signed root call for.
    case tamperedTile(path: String, reason: String)
    /// An entry is not the one that was signed.
    case tamperedEntry(index: UInt64, path: String, reason: String)
    /// Tiles and entries agree with each other and not with the signed root: the data is of another history.
    case anotherHistory(size: UInt64, path: String)
    /// The log is smaller than a checkpoint that was seen earlier.
    case rollback(remembered: UInt64, size: UInt64)
    /// The log does not begin with the tree of a checkpoint that was seen earlier.
    case fork(remembered: UInt64, size: UInt64)
    /// The visitor asked to stop at this entry.
    case stopped(index: UInt64)

    package enum Kind: Sendable {
        case tampered, unavailable, stopped
    }

    /// For exit codes. Data that is missing is not counted as tampered with; a caller that had it before may think otherwise.
    package var kind: Kind {
        switch self {
        case .missing, .unavailable: .unavailable
        case .tamperedTile, .tamperedEntry, .anotherHistory, .rollback, .fork: .tampered
        case .stopped: .stopped
        }
    }

    package var description: String {
        switch self {
        case .missing(let path): "\(path) is missing, though the signed size says that it exists"
        case .unavailable(let path, let reason): "\(path) could not be read: \(reason)"
        case .tamperedTile(let path, let reason): "\(path) is not what was signed: \(reason)"
        case .tamperedEntry(let index, let path, let reason): "entry \(index) in \(path) is not what was signed: \(reason)"
        case .anotherHistory(let size, let path):
            "the tiles and entries are consistent with each other, but not with the root signed for size \(size); the difference lies in or before \(path)"
        case .rollback(let remembered, let size): "the log has \(size) entries, but had \(remembered) when it was last seen"
        case .fork(let remembered, let size): "the log of size \(size) does not continue the one seen at size \(remembered): two histories were signed"
        case .stopped(let index): "stopped at entry \(index)"
        }
    }
}
