import Cryptography
import Storage
import TransparencyLog

/// What is read back from disk, and checked against every signature that is known, before the log takes its first new entry.
struct Recovery {
    let head: LedgerHead
    let edge: LogEdge
    /// What the signer continues from: its memory, or the newest note in the store.
    let signed: Checkpoint
    /// Consistent with `head`: the path from `signed`.
    let consistency: [Digest]

    /// `.inconsistent` where entries, tiles, head and signed checkpoints do not fit each other, `.rolledBack` where the store is older
    /// than what was signed.
    init(_ reading: any StorageReading, _ identity: LogIdentity, memory: Checkpoint?) throws(LedgerFault) {
        do throws(StorageFault) {
            guard let head = try reading.head() else { throw .schema(found: 0, supported: 1) }
            self.head = head
            guard try reading.origin() == identity.origin.description else { throw .corrupt("the log's origin") }
        } catch {
            throw .store(error)
        }
        let tiles = StoredTiles(reading, size: head.size)
        edge = LogEdge(try RightEdge(size: head.size) { tile throws(LedgerFault) in try tiles.hashes(tile) })
        guard edge.range.root == head.root else { throw .inconsistent("the last tiles and entries do not give the root at size \(head.size)") }
        try Recovery.requireNothingBeyond(head.size, reading)

        var proofs = ProofBuilder<LedgerFault>(size: head.size) { tile throws(LedgerFault) in try tiles.hashes(tile) }
        let stored = try Recovery.storedCheckpoint(reading, identity)
        var newest = Checkpoint(origin: identity.origin, size: 0, root: TreeHash.empty)
        for known in [stored, memory].compactMap({ $0 }) {
            guard known.size <= head.size else { throw .rolledBack(size: head.size, signed: known.size) }
            guard try proofs.root(at: known.size) == known.root else {
                throw .inconsistent("the log does not continue the checkpoint that was signed at size \(known.size)")
            }
            if known.size >= newest.size { newest = known }
        }
        signed = newest
        consistency = try proofs.consistencyPath(from: newest.size)
    }

    private static func storedCheckpoint(_ reading: any StorageReading, _ identity: LogIdentity) throws(LedgerFault) -> Checkpoint? {
        let stored: (size: UInt64, note: [UInt8])?
        do throws(StorageFault) { stored = try reading.checkpoint() } catch { throw .store(error) }
        guard let stored else { return nil }
        do throws(TransparencyFault) {
            return try identity.trust.verify(stored.note).checkpoint
        } catch {
            throw .inconsistent("the stored checkpoint does not verify (\(error))")
        }
    }

    private static func requireNothingBeyond(_ size: UInt64, _ reading: any StorageReading) throws(LedgerFault) {
        do throws(StorageFault) {
            guard try reading.entries(from: .init(size), count: 1).isEmpty else { throw .corrupt("the end of the log") }
        } catch {
            throw .store(error)
        }
    }
}

/// The hash tiles of a log as its store can give them: level 0 out of full tiles or out of the entries themselves.
struct StoredTiles {
    private let reading: any StorageReading
    private let size: UInt64

    init(_ reading: any StorageReading, size: UInt64) {
        self.reading = reading
        self.size = size
    }

    /// As many hashes as the tile is wide. `.inconsistent` where the store holds fewer.
    func hashes(_ tile: TileCoordinate) throws(LedgerFault) -> [Digest] {
        do throws(StorageFault) {
            if let stored = try reading.tile(TilePlace(tile)) {
                return try decode(stored, tile)
            }
            guard tile.level == 0 else { throw .corrupt("tile \(tile.path)") }
            let entries = try reading.entries(from: .init(tile.index << 8), count: tile.width)
            guard entries.count == tile.width else { throw .corrupt("the entries of tile \(tile.path)") }
            return entries.map { TreeHash.leaf($0) }
        } catch {
            throw .store(error)
        }
    }

    private func decode(_ stored: [UInt8], _ tile: TileCoordinate) throws(StorageFault) -> [Digest] {
        // A wider tile than asked for holds it as its beginning.
        let bytes = tile.width * Digest.byteCount
        guard stored.count >= bytes else { throw .corrupt("tile \(tile.path)") }
        do throws(TransparencyFault) {
            return try HashTile.decode(Array(stored[..<bytes]), width: tile.width)
        } catch {
            throw .corrupt("tile \(tile.path)")
        }
    }
}
