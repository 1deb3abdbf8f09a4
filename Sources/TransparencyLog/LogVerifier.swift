import Cryptography

/// Checks every bundle and every hash tile of a log against a signed checkpoint.
///
/// Trust runs downwards: the signed root proves the partial tiles at the right edge, each hash of a proven tile proves
/// one tile below it, and each leaf hash proves one entry. So what does not fit is named for certain, and no more than one
/// tile a level is in memory.
package struct LogVerifier {
    /// The bytes below a path such as `tile/0/000`; nil when there is nothing; an error when nobody can tell.
    package typealias Read = (_ path: String) throws -> [UInt8]?
    /// Is given each entry in order, proven; returns false to stop.
    package typealias Visit = (_ index: UInt64, _ entry: [UInt8]) -> Bool

    private let checkpoint: Checkpoint
    private let minimumIndex: UInt64
    private let read: Read

    /// Whole tiles and bundles that end at or before `minimumIndex` may be missing (tlog-tiles, Pruning).
    package init(_ verified: VerifiedCheckpoint, minimumIndex: UInt64 = 0, read: @escaping Read) {
        checkpoint = verified.checkpoint
        self.minimumIndex = minimumIndex
        self.read = read
    }

    /// Returns only when everything was read and everything fitted; throws the first fault otherwise.
    ///
    /// `remembered` are checkpoints of this log that were verified earlier: the log must continue each of them.
    package func verify(remembered: [Checkpoint] = [], visit: Visit) throws(LogFault) -> LogReport {
        for old in remembered where old.size > checkpoint.size {
            throw .rollback(remembered: old.size, size: checkpoint.size)
        }
        var walk = LogWalk(size: checkpoint.size, minimumIndex: minimumIndex, read: read)
        let edge = try provenEdge(&walk)
        for (tile, hashes) in edge {
            if tile.level == 0 {
                try walk.bundle(BundleCoordinate(index: tile.index, width: tile.width), leaves: hashes, visit: visit)
            } else {
                for (position, hash) in hashes.enumerated() {
                    try walk.descend(level: tile.level - 1, index: tile.index << 8 + UInt64(position), root: hash, visit: visit)
                }
            }
        }
        let report = LogReport(checkpoint: checkpoint, entries: walk.entries, tiles: walk.tiles, bytes: walk.bytes)
        try requireContinuation(of: remembered, &walk)
        return report
    }

    /// The partial tiles, top level first, when they lead to the signed root; otherwise the fault that explains best why not.
    private func provenEdge(_ walk: inout LogWalk) throws(LogFault) -> [(TileCoordinate, [Digest])] {
        var edge: [(TileCoordinate, [Digest])] = []
        for tile in TileCoordinate.edge(size: checkpoint.size) { edge.append((tile, try walk.hashes(tile))) }
        guard LogVerifier.root(of: edge, size: checkpoint.size) != checkpoint.root else { return edge }
        throw try explain(edge, &walk)
    }

    static func root(of edge: [(TileCoordinate, [Digest])], size: UInt64) -> Digest {
        var remaining = edge
        return RightEdge(size: size) { (_: TileCoordinate) -> [Digest] in remaining.removeFirst().1 }.root
    }

    /// The right edge does not lead to the root. Each of its tiles is computed again from what lies below it: the
    /// replacement that makes the root come true shows which tile was false.
    private func explain(_ edge: [(TileCoordinate, [Digest])], _ walk: inout LogWalk) throws(LogFault) -> LogFault {
        var rebuilt: [(TileCoordinate, [Digest])] = []
        for (tile, _) in edge { rebuilt.append((tile, try walk.rebuilt(tile))) }
        for position in edge.indices {
            var repaired = edge
            repaired[position] = rebuilt[position]
            if LogVerifier.root(of: repaired, size: checkpoint.size) == checkpoint.root {
                return falseHash(edge[position], rebuilt[position].1)
            }
        }
        let firstDifference = edge.indices.first { edge[$0].1 != rebuilt[$0].1 }
        if let position = firstDifference, LogVerifier.root(of: rebuilt, size: checkpoint.size) == checkpoint.root {
            return falseHash(edge[position], rebuilt[position].1)
        }
        return .anotherHistory(size: checkpoint.size, path: edge.last?.0.path ?? LogPath.checkpoint.text)
    }

    private func falseHash(_ found: (TileCoordinate, [Digest]), _ right: [Digest]) -> LogFault {
        let position = zip(found.1, right).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? 0
        return .tamperedTile(path: found.0.path, reason: "its hash \(position) is not that of what it stands for")
    }

    /// Every tile is proven by now, so a proof that fails means another history.
    private func requireContinuation(of remembered: [Checkpoint], _ walk: inout LogWalk) throws(LogFault) {
        for old in remembered {
            let root = try walk.root(at: old.size)
            guard old.origin == checkpoint.origin, old.root == root else { throw .fork(remembered: old.size, size: checkpoint.size) }
        }
    }
}
