import Cryptography
import Storage
import TransparencyLog
import Vocabulary

/// The resources of C2SP tlog-tiles as bytes, out of a store. A partial tile or bundle of any width that the log ever had is cut from the
/// fuller one that is stored.
package struct LogResources {
    private let reading: any StorageReading
    /// Entries up to here may be served.
    private let size: UInt64
    /// The checkpoint to serve.
    private let note: [UInt8]

    /// - Parameter checkpoint: the newest one that is signed for; nothing beyond it is served.
    package init(_ reading: any StorageReading, checkpoint: (size: UInt64, note: [UInt8])) {
        self.reading = reading
        size = checkpoint.size
        note = checkpoint.note
    }

    /// The stored checkpoint, for offline use. `.schema` where there is none.
    package init(stored reading: any StorageReading) throws(StorageFault) {
        guard let checkpoint = try reading.checkpoint() else { throw .schema(found: 0, supported: 1) }
        self.init(reading, checkpoint: checkpoint)
    }

    /// Nil where the log has no such resource (yet).
    package func bytes(at path: LogPath) throws(StorageFault) -> [UInt8]? {
        switch path {
        case .checkpoint: note
        case .tile(let tile): try bytes(of: tile)
        case .entries(let bundle): try bytes(of: bundle)
        }
    }

    /// The place of a tile or bundle that the tree has, whole or in part.
    private func exists(level: Int, index: UInt64, width: Int) -> Bool {
        guard let widest = TileCoordinate.at(level: level, index: index, size: size) else { return false }
        return widest.width >= width
    }

    private func bytes(of tile: TileCoordinate) throws(StorageFault) -> [UInt8]? {
        guard exists(level: tile.level, index: tile.index, width: tile.width) else { return nil }
        do throws(LedgerFault) {
            return HashTile.encode(try StoredTiles(reading, size: size).hashes(tile))
        } catch {
            guard case .store(let fault) = error else { preconditionFailure("reading a tile fails as the store does") }
            throw fault
        }
    }

    private func bytes(of bundle: BundleCoordinate) throws(StorageFault) -> [UInt8]? {
        guard exists(level: 0, index: bundle.index, width: bundle.width) else { return nil }
        let entries = try reading.entries(from: LedgerIndex(bundle.firstEntry), count: bundle.width)
        guard entries.count == bundle.width else { throw .corrupt("the entries of bundle \(bundle.path)") }
        return EntryBundle.encode(entries)
    }
}
