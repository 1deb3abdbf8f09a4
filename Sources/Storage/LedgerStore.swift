import Cryptography
import Vocabulary

/// The log as stored: entries one row each, full level-0 tiles, and every tile above.
package protocol LedgerReading {
    /// Nil before the log was created.
    func head() throws(StorageFault) -> LedgerHead?
    /// The log's origin, fixed at `init`.
    func origin() throws(StorageFault) -> String?
    func entry(_ index: LedgerIndex) throws(StorageFault) -> [UInt8]?
    /// The bytes of up to `count` entries from `first`, as many as there are.
    func entries(from first: LedgerIndex, count: Int) throws(StorageFault) -> [[UInt8]]
    /// The same with what opens them, where that is still kept.
    func evidence(from first: LedgerIndex, count: Int) throws(StorageFault) -> [StoredEvidence]
    /// A tile's hashes as stored: full at level 0, full or partial above. Nil where none is stored.
    func tile(_ place: TilePlace) throws(StorageFault) -> [UInt8]?
    /// The newest checkpoint that was written down, which may be older than the head.
    func checkpoint() throws(StorageFault) -> (size: UInt64, note: [UInt8])?
    /// Entries about a topic, newest first, all below `before`.
    func entries(about topic: LedgerTopic, before: LedgerIndex, limit: Int) throws(StorageFault) -> [LedgerIndex]
}

package protocol LedgerStore: LedgerReading {
    /// Makes an empty log. `.conflict` where there is one.
    func createLog(origin: String, head: LedgerHead) throws(StorageFault)
    /// Adds entries at the indices from `first`. `.conflict` where one is taken.
    func append(_ entries: [[UInt8]], from first: LedgerIndex) throws(StorageFault)
    /// Writes a tile. A full tile (8,192 bytes) is never written again; `.conflict` where that is tried with other bytes.
    func put(_ hashes: [UInt8], at place: TilePlace) throws(StorageFault)
    /// Compare and swap: `.conflict` unless the stored head has the size and root of `old`.
    func moveHead(from old: LedgerHead, to new: LedgerHead) throws(StorageFault)
    /// Writes down a signed checkpoint in place of the older one.
    func put(checkpoint note: [UInt8], size: UInt64) throws(StorageFault)
    /// Makes an entry findable by a topic.
    func note(_ entry: LedgerIndex, about topic: LedgerTopic) throws(StorageFault)
}
