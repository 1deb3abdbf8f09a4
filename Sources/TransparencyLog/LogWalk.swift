import Cryptography

/// The reading half of the whole-log verifier: fetches tiles and bundles, counts them, and compares them with proven hashes.
struct LogWalk {
    private(set) var entries: UInt64 = 0
    private(set) var tiles: UInt64 = 0
    private(set) var bytes: UInt64 = 0

    private let size: UInt64
    private let minimumIndex: UInt64
    private let read: LogVerifier.Read

    init(size: UInt64, minimumIndex: UInt64, read: @escaping LogVerifier.Read) {
        self.size = size
        self.minimumIndex = minimumIndex
        self.read = read
    }

    /// Proves the full tile at a place by the hash above it, then everything below it.
    mutating func descend(level: Int, index: UInt64, root: Digest, visit: LogVerifier.Visit) throws(LogFault) {
        let tile = TileCoordinate(level: level, index: index)
        guard let hashes = try prunable(tile) else { return }
        guard HashTile.root(hashes) == root else {
            throw .tamperedTile(path: tile.path, reason: "its hashes do not lead to the hash that stands for it one level up")
        }
        if level == 0 {
            try bundle(BundleCoordinate(index: index), leaves: hashes, visit: visit)
        } else {
            for (position, hash) in hashes.enumerated() {
                try descend(level: level - 1, index: index << 8 + UInt64(position), root: hash, visit: visit)
            }
        }
    }

    /// Proves the entries of a bundle by their leaf hashes and hands them over.
    mutating func bundle(_ bundle: BundleCoordinate, leaves: [Digest], visit: LogVerifier.Visit) throws(LogFault) {
        guard let content = try content(bundle) else {
            guard !bundle.isPartial, bundle.firstEntry + UInt64(bundle.width) <= minimumIndex else { throw .missing(path: bundle.path) }
            return
        }
        var reader = EntryBundleReader(content)
        for (position, leaf) in leaves.enumerated() {
            let index = bundle.firstEntry + UInt64(position)
            guard let entry = reader.next() else {
                throw .tamperedEntry(index: index, path: bundle.path, reason: "the bundle ends inside or before it")
            }
            let bytes = Array(entry)
            guard TreeHash.leaf(bytes) == leaf else {
                throw .tamperedEntry(index: index, path: bundle.path, reason: "its hash is not its leaf hash")
            }
            entries += 1
            guard visit(index, bytes) else { throw .stopped(index: index) }
        }
        guard reader.isAtEnd else { throw .tamperedTile(path: bundle.path, reason: "bytes follow its last entry") }
    }

    /// The hashes of a tile at exactly the width asked for.
    mutating func hashes(_ tile: TileCoordinate) throws(LogFault) -> [Digest] {
        guard let hashes = try optionalHashes(tile) else { throw .missing(path: tile.path) }
        return hashes
    }

    /// What a tile should hold according to what lies below it.
    mutating func rebuilt(_ tile: TileCoordinate) throws(LogFault) -> [Digest] {
        if tile.level == 0 { return try leafHashes(BundleCoordinate(index: tile.index, width: tile.width)) }
        var hashes: [Digest] = []
        for position in 0..<tile.width {
            let child = TileCoordinate(level: tile.level - 1, index: tile.index << 8 + UInt64(position))
            hashes.append(HashTile.root(try self.hashes(child)))
        }
        return hashes
    }

    /// The root at an earlier size, out of tiles that are proven.
    mutating func root(at earlier: UInt64) throws(LogFault) -> Digest {
        // The builder keeps its reader, so the walk is copied for it; its counts are no longer of interest.
        var walk = self
        var builder = ProofBuilder(size: size) { (tile: TileCoordinate) throws(LogFault) -> [Digest] in try walk.hashes(tile) }
        return try builder.root(at: earlier)
    }

    private mutating func prunable(_ tile: TileCoordinate) throws(LogFault) -> [Digest]? {
        if let hashes = try optionalHashes(tile) { return hashes }
        let end = (tile.index + 1) << UInt64(8 * (tile.level + 1))
        guard end <= minimumIndex else { throw .missing(path: tile.path) }
        return nil
    }

    private mutating func optionalHashes(_ tile: TileCoordinate) throws(LogFault) -> [Digest]? {
        if let content = try fetch(tile.path, maxBytes: Limits.tileWidth * Digest.byteCount) {
            tiles += 1
            return try decode(content, tile)
        }
        // A log may drop a partial tile once the full one exists; the full one begins with it.
        guard tile.isPartial, let content = try fetch(tile.full.path, maxBytes: Limits.tileWidth * Digest.byteCount) else { return nil }
        tiles += 1
        return Array(try decode(content, tile.full).prefix(tile.width))
    }

    private func decode(_ content: [UInt8], _ tile: TileCoordinate) throws(LogFault) -> [Digest] {
        do throws(TransparencyFault) {
            return try HashTile.decode(content, width: tile.width)
        } catch {
            throw .tamperedTile(path: tile.path, reason: error.description)
        }
    }

    private mutating func leafHashes(_ bundle: BundleCoordinate) throws(LogFault) -> [Digest] {
        guard let content = try content(bundle) else { throw .missing(path: bundle.path) }
        var reader = EntryBundleReader(content)
        var hashes: [Digest] = []
        for position in 0..<bundle.width {
            guard let entry = reader.next() else {
                throw .tamperedEntry(
                    index: bundle.firstEntry + UInt64(position), path: bundle.path, reason: "the bundle ends inside or before it")
            }
            hashes.append(TreeHash.leaf(Array(entry)))
        }
        return hashes
    }

    /// The bundle's bytes, cut out of the full bundle where a partial one is gone.
    private mutating func content(_ bundle: BundleCoordinate) throws(LogFault) -> [UInt8]? {
        if let content = try fetch(bundle.path, maxBytes: Limits.maxBundleBytes) { return content }
        guard bundle.isPartial, let content = try fetch(bundle.full.path, maxBytes: Limits.maxBundleBytes) else { return nil }
        var reader = EntryBundleReader(content)
        var end = 0
        for _ in 0..<bundle.width {
            guard let entry = reader.next() else { break }
            end = entry.endIndex
        }
        return Array(content[..<end])
    }

    private mutating func fetch(_ path: String, maxBytes: Int) throws(LogFault) -> [UInt8]? {
        let content: [UInt8]?
        do {
            content = try read(path)
        } catch {
            throw .unavailable(path: path, reason: String(describing: error))
        }
        guard let content else { return nil }
        guard content.count <= maxBytes else {
            throw .tamperedTile(path: path, reason: "it has \(content.count) bytes where at most \(maxBytes) can be")
        }
        bytes += UInt64(content.count)
        return content
    }
}
