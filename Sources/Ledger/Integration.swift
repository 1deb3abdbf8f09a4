import Cryptography
import Storage
import TransparencyLog

/// The right edge of the log in memory, in the two forms that are grown side by side.
struct LogEdge: Sendable {
    /// The partial tiles, to be stored and served.
    var tiles: RightEdge
    /// The full subtrees, to know the root without folding tiles.
    var range: CompactRange

    init(_ tiles: RightEdge) {
        self.tiles = tiles
        range = tiles.compactRange
    }
}

/// The entries of one transaction on their way into the tree: computed twice, by different steps from different buffers, and compared before
/// anything is committed or signed. One flipped bit in a hash that is signed kills a log for ever.
struct Integration {
    let growth: Growth
    let edge: LogEdge
    /// The tiles that changed above level 0, and those of level 0 that became full.
    let tiles: [(place: TilePlace, hashes: [UInt8])]

    /// - Parameters:
    ///   - first: the entries as they were encoded before they were stored.
    ///   - second: the same entries from another encoding, hashed after they were stored.
    /// - Throws: `.inconsistent` where the two ways differ.
    init(of first: [[UInt8]], and second: [[UInt8]], at edge: LogEdge) throws(LedgerFault) {
        precondition(first.count == second.count && !first.isEmpty, "two encodings of the same entries")
        var next = edge
        var changed: [TilePlace: [UInt8]] = [:]
        for entry in first {
            let leaf = TreeHash.leaf(entry)
            next.range.append(leaf)
            next.tiles.append(leaf) { tile, hashes in changed[TilePlace(tile)] = HashTile.encode(hashes) }
        }
        if !changed.isEmpty {
            // A tile became full, so levels above have got a hash. Level 0 is not stored while it is partial: its entries are.
            for (tile, hashes) in next.tiles.partialTiles where tile.level > 0 { changed[TilePlace(tile)] = HashTile.encode(hashes) }
            guard next.tiles.root == next.range.root else { throw Integration.mismatch(next.range.size) }
        }
        growth = Growth(from: edge.range, appending: second.map { TreeHash.leaf($0) })
        guard growth.newRoot == next.range.root, growth.newSize == next.tiles.size else { throw Integration.mismatch(next.range.size) }
        self.edge = next
        tiles = changed.map { ($0.key, $0.value) }
    }

    private static func mismatch(_ size: UInt64) -> LedgerFault {
        .inconsistent("two computations of the root at size \(size) differ")
    }
}

extension TilePlace {
    init(_ tile: TileCoordinate) {
        self.init(level: UInt8(tile.level), index: tile.index)
    }
}
