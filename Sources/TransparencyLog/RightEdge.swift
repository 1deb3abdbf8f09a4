import Cryptography

/// The partial tiles of a growing log: what a writer holds in memory, and what a restart reads back.
package struct RightEdge: Hashable, Sendable {
    /// Leaves so far.
    package private(set) var size: UInt64
    /// The hashes of the partial tile at each level, 0 to 255 of them.
    private var levels: [[Digest]]

    package init() {
        size = 0
        levels = []
    }

    /// Reads the partial tiles of a log of `size` leaves. `read` must return exactly as many hashes as the tile is wide.
    package init<Failure: Error>(size: UInt64, read: (TileCoordinate) throws(Failure) -> [Digest]) throws(Failure) {
        precondition(size <= Limits.maxTreeSize, "a size of at most 63 bits")
        self.size = size
        levels = []
        for tile in TileCoordinate.edge(size: size) {
            if levels.isEmpty { levels = [[Digest]](repeating: [], count: tile.level + 1) }
            let hashes = try read(tile)
            precondition(hashes.count == tile.width, "the reader returns the whole tile")
            levels[tile.level] = hashes
        }
    }

    /// Adds a leaf hash and hands over each tile that it makes full, lowest level first.
    package mutating func append(_ leaf: Digest, completed: (TileCoordinate, [Digest]) -> Void) {
        precondition(size < Limits.maxTreeSize, "the log is full")
        var hash = leaf
        var level = 0
        while true {
            if levels.count == level { levels.append([]) }
            levels[level].append(hash)
            guard levels[level].count == Limits.tileWidth else { break }
            completed(TileCoordinate(level: level, index: size >> UInt64(8 * level + 8)), levels[level])
            hash = HashTile.root(levels[level])
            levels[level] = []
            level += 1
        }
        size += 1
    }

    /// The partial tiles with their hashes, top level first.
    package var partialTiles: [(TileCoordinate, [Digest])] {
        TileCoordinate.edge(size: size).map { ($0, levels[$0.level]) }
    }

    /// The full subtrees of the tree, largest first, folded out of the tiles.
    package var compactRange: CompactRange {
        var nodes: [Digest] = []
        for hashes in levels.reversed() {
            var rest = hashes[...]
            for bit in (0..<8).reversed() where hashes.count & 1 << bit != 0 {
                nodes.append(HashTile.fold(rest.prefix(1 << bit)))
                rest = rest.dropFirst(1 << bit)
            }
        }
        guard let range = CompactRange(size: size, nodes: nodes) else { preconditionFailure("tiles and size agree by construction") }
        return range
    }

    package var root: Digest { compactRange.root }
}
