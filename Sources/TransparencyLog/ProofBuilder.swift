import Cryptography

/// Builds proofs in a tree of one size out of its tiles. Keep one for all receipts of a checkpoint: it remembers the
/// inner hashes of the tiles that it has read (at most ``maxTiles`` of them).
package struct ProofBuilder<Failure: Error> {
    /// Leaves of the tree, 0 to 2^63 - 1.
    package let size: UInt64
    package static var maxTiles: Int { 64 }

    private let read: (TileCoordinate) throws(Failure) -> [Digest]
    private var pyramids: [TileCoordinate: [[Digest]]] = [:]

    /// `read` must return exactly as many hashes as the tile is wide; widths are those of a tree of `size` leaves.
    package init(size: UInt64, read: @escaping (TileCoordinate) throws(Failure) -> [Digest]) {
        precondition(size <= Limits.maxTreeSize, "a size of at most 63 bits")
        self.size = size
        self.read = read
    }

    /// RFC 6962 §2.1.1, the leaf's sibling first. Traps unless `index` is below the size.
    package mutating func inclusionPath(of index: UInt64) throws(Failure) -> [Digest] {
        precondition(index < size, "an index below the tree size")
        var path: [Digest] = []
        var start: UInt64 = 0
        var end = size
        while end - start > 1 {
            let middle = start + TreeHash.split(end - start)
            if index < middle {
                path.append(try treeHash(middle..<end))
                end = middle
            } else {
                path.append(try treeHash(start..<middle))
                start = middle
            }
        }
        return path.reversed()
    }

    /// RFC 6962 §2.1.2, empty when `old` is 0 or the size. Traps when `old` is above the size.
    package mutating func consistencyPath(from old: UInt64) throws(Failure) -> [Digest] {
        precondition(old <= size, "an old size that is not above the size")
        guard old > 0, old < size else { return [] }
        var path: [Digest] = []
        var start: UInt64 = 0
        var end = size
        while end != old {
            let middle = start + TreeHash.split(end - start)
            if old <= middle {
                path.append(try treeHash(middle..<end))
                end = middle
            } else {
                path.append(try treeHash(start..<middle))
                start = middle
            }
        }
        // When nothing was cut off at the left, the old tree is one full subtree and its root is known to the verifier.
        if start > 0 { path.append(try treeHash(start..<end)) }
        return path.reversed()
    }

    /// The root that the tree had at an earlier size.
    package mutating func root(at earlier: UInt64) throws(Failure) -> Digest {
        precondition(earlier <= size, "an earlier size")
        return earlier == 0 ? TreeHash.empty : try treeHash(0..<earlier)
    }

    /// RFC 6962's tree hash of a range of leaves that a split can reach.
    private mutating func treeHash(_ leaves: Range<UInt64>) throws(Failure) -> Digest {
        let count = leaves.upperBound - leaves.lowerBound
        if count.nonzeroBitCount == 1 {
            let level = count.trailingZeroBitCount
            return try node(level: level, index: leaves.lowerBound >> UInt64(level))
        }
        let middle = leaves.lowerBound + TreeHash.split(count)
        let left = try treeHash(leaves.lowerBound..<middle)
        return TreeHash.node(left, try treeHash(middle..<leaves.upperBound))
    }

    /// The root of the full subtree number `index` among those of 2^`level` leaves.
    private mutating func node(level: Int, index: UInt64) throws(Failure) -> Digest {
        let height = level % 8
        let first = index << UInt64(height)
        guard let tile = TileCoordinate.at(level: level / 8, index: first >> 8, size: size) else {
            preconditionFailure("a full subtree lies in a tile of the tree")
        }
        return try pyramid(tile)[height][Int(first & 255) >> height]
    }

    private mutating func pyramid(_ tile: TileCoordinate) throws(Failure) -> [[Digest]] {
        if let known = pyramids[tile] { return known }
        let hashes = try read(tile)
        precondition(hashes.count == tile.width, "the reader returns the whole tile")
        var rows = [hashes]
        for _ in 1..<8 {
            let below = rows[rows.count - 1]
            rows.append((0..<below.count / 2).map { TreeHash.node(below[2 * $0], below[2 * $0 + 1]) })
        }
        if pyramids.count >= ProofBuilder.maxTiles { pyramids.removeAll(keepingCapacity: true) }
        pyramids[tile] = rows
        return rows
    }
}
