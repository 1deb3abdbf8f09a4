import Cryptography
import Storage
import TransparencyLog
import Vocabulary

/// Whether entries of a store are the ones that its hash tiles stand for, up to the root of its head. For looking at many entries, or at a few.
///
/// Trust runs downwards as in `LogVerifier`: the root proves the partial tiles at the right edge, each hash of a proven tile one tile below it, and each
/// hash of a tile of level 0 one entry. What does not fit is noted and gone on from: at most one full tile a level is in memory, and the edge.
struct EntryCheck: Sendable {
    private let size: UInt64
    private let read: @Sendable (TilePlace) throws(StorageFault) -> [UInt8]?
    /// The partial tiles by their levels; none where one cannot be read.
    private var edge: [Int: [Digest]] = [:]
    /// The full tile that was looked at last on each level; no hashes where it is not what the hash above it stands for.
    private var known: [Int: (index: UInt64, hashes: [Digest]?)] = [:]
    /// The lowest and the highest entry that are not what their hashes stand for.
    private var altered: ClosedRange<UInt64>?
    private var damage: String?

    /// Nil where all that was looked at fits.
    var fault: LedgerFault? {
        let strangers = altered.map { range in
            range.count == 1
                ? "entry \(range.lowerBound) is not the one that the ledger's hashes stand for"
                : "of the entries \(range.lowerBound) to \(range.upperBound), the first and the last at least are not those that the ledger's hashes stand for"
        }
        let told = [strangers, damage].compactMap { $0 }
        return told.isEmpty ? nil : .inconsistent(told.joined(separator: ", and "))
    }

    /// - Parameters:
    ///   - tile: the bytes of a hash tile as stored.
    ///   - entries: as many entries from an index as are asked for.
    init(
        _ head: LedgerHead, tile: @escaping @Sendable (TilePlace) throws(StorageFault) -> [UInt8]?,
        entries: (LedgerIndex, Int) throws(StorageFault) -> [StoredEvidence]
    ) throws(StorageFault) {
        size = head.size
        read = tile
        var partial: [Int: [Digest]] = [:]
        for tile in TileCoordinate.edge(size: size) {
            guard let hashes = try tile.level > 0 ? stored(tile) : EntryCheck.leaves(of: tile, entries) else {
                damage = "\(tile.path) is damaged"
                return
            }
            partial[tile.level] = hashes
        }
        edge = partial
        if RightEdge(size: size, read: { partial[$0.level] ?? [] }).root != head.root {
            damage = "the last tiles and entries do not give the root at size \(size)"
        }
    }

    /// Compares the entries of a tile of level 0.
    /// - Parameters:
    ///   - leaves: the leaf hashes of all of them.
    ///   - root: the fold of these, where the tile is full.
    mutating func compare(_ leaves: [Digest], root: Digest?, tile index: UInt64) throws(StorageFault) {
        guard let tile = TileCoordinate.at(level: 0, index: index, size: size), tile.width == leaves.count else {
            preconditionFailure("the entries of one tile of the log")
        }
        if let root, try above(tile) == root { return }
        guard let hashes = try proven(tile) else { return }
        for (position, leaf) in leaves.enumerated() where leaf != hashes[position] { note(stranger: index << 8 + UInt64(position)) }
    }

    /// Compares one entry.
    mutating func compare(_ entry: [UInt8], at index: UInt64) throws(StorageFault) {
        guard let tile = TileCoordinate.at(level: 0, index: index >> 8, size: size) else { preconditionFailure("an entry of the log") }
        guard let hashes = try proven(tile) else { return }
        if TreeHash.leaf(entry) != hashes[Int(index & 255)] { note(stranger: index) }
    }

    /// The hashes of a tile, where they lead to the root; otherwise nil, and it is noted why.
    private mutating func proven(_ tile: TileCoordinate) throws(StorageFault) -> [Digest]? {
        if tile.isPartial { return edge[tile.level] }
        if let known = known[tile.level], known.index == tile.index { return known.hashes }
        var hashes: [Digest]?
        if let expected = try above(tile) {
            hashes = try stored(tile).flatMap { HashTile.root($0) == expected ? $0 : nil }
            if hashes == nil { note("\(tile.path) is damaged") }
        }
        known[tile.level] = (tile.index, hashes)
        return hashes
    }

    /// The hash that stands for a full tile, one level up.
    private mutating func above(_ tile: TileCoordinate) throws(StorageFault) -> Digest? {
        guard let parent = TileCoordinate.at(level: tile.level + 1, index: tile.index >> 8, size: size) else {
            preconditionFailure("above a full tile there is one")
        }
        return try proven(parent)?[Int(tile.index & 255)]
    }

    private mutating func note(stranger index: UInt64) {
        altered = min(altered?.lowerBound ?? index, index)...max(altered?.upperBound ?? index, index)
    }

    /// The first is the one to tell of: what lies below cannot be compared.
    private mutating func note(_ what: String) {
        if damage == nil { damage = what }
    }

    /// Nil where the store holds no hashes of that width.
    private func stored(_ tile: TileCoordinate) throws(StorageFault) -> [Digest]? {
        // A wider tile than asked for holds it as its beginning.
        let bytes = tile.width * Digest.byteCount
        guard let content = try read(TilePlace(tile)), content.count >= bytes else { return nil }
        let span = content.span
        return (0..<tile.width).map { Digest(span, at: $0 * Digest.byteCount) }
    }

    /// The partial tile of level 0 is stored as its entries.
    private static func leaves(
        of tile: TileCoordinate, _ entries: (LedgerIndex, Int) throws(StorageFault) -> [StoredEvidence]
    ) throws(StorageFault) -> [Digest]? {
        let first = tile.index << 8
        let held = try entries(LedgerIndex(first), tile.width)
        guard held.count == tile.width, zip(first..., held).allSatisfy({ $0 == $1.index.value }) else { return nil }
        return held.map { TreeHash.leaf($0.entry) }
    }
}
