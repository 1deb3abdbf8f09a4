import Cryptography
import Testing
@testable import TransparencyLog

@Suite struct ProofTests {
    static let sizes = Array(1...40) + [255, 256, 257, 511, 512, 513, 700]

    @Test(arguments: sizes) func everyProofOfASmallLogVerifies(size: Int) throws {
        let log = MemoryLog(size: size)
        var builder = log.builder()
        let root = log.range.root
        for index in stride(from: 0, to: size, by: size > 100 ? 17 : 1) {
            let leaf = TreeHash.leaf(utf8("entry \(index)"))
            let path = try builder.inclusionPath(of: UInt64(index))
            try MerkleProof.verifyInclusion(of: leaf, at: UInt64(index), size: log.size, path: path, root: root)
        }
        for old in stride(from: 1, through: size, by: size > 100 ? 13 : 1) {
            let oldRoot = try builder.root(at: UInt64(old))
            #expect(oldRoot == MemoryLog(size: old).range.root)
            let path = try builder.consistencyPath(from: UInt64(old))
            try MerkleProof.verifyConsistency(from: UInt64(old), oldRoot: oldRoot, to: log.size, newRoot: root, path: path)
        }
        #expect(try builder.root(at: 0) == TreeHash.empty)
        #expect(try builder.consistencyPath(from: 0).isEmpty)
    }

    private func refuses(_ check: () throws -> Void) -> Bool {
        do { try check() } catch is TransparencyFault { return true } catch { return false }
        return false
    }

    /// E1 to E5: index outside, beside or flipped, and a path with hashes missing, added, doubled or moved.
    @Test(arguments: 2...33) func anyOtherInclusionProofIsRefused(size: Int) throws {
        let log = MemoryLog(size: size)
        var builder = log.builder()
        let root = log.range.root, count = log.size
        let otherRoot = MemoryLog(size: size - 1).range.root
        for index in 0..<count {
            let leaf = TreeHash.leaf(utf8("entry \(index)"))
            let path = try builder.inclusionPath(of: index)
            for other in [count, count + 1, index + 1, index &- 1, index ^ 2, UInt64.max] where other != index {
                #expect(refuses { try MerkleProof.verifyInclusion(of: leaf, at: other, size: count, path: path, root: root) })
            }
            #expect(refuses { try MerkleProof.verifyInclusion(of: leaf, at: index, size: count, path: [], root: root) })
            var others = [path + [root], [leaf] + path, path + path, Array(path.dropLast()), Array(path.dropFirst())]
            if path.count > 1 { others.append(path.reversed()) }
            for position in path.indices {
                var changed = path
                changed[position] = TreeHash.node(changed[position], leaf)
                others.append(changed)
                changed = path
                changed.insert(changed[position], at: position)
                others.append(changed)
            }
            for other in others where other != path {
                #expect(refuses { try MerkleProof.verifyInclusion(of: leaf, at: index, size: count, path: other, root: root) })
            }
            #expect(refuses { try MerkleProof.verifyInclusion(of: leaf, at: index, size: count, path: path, root: otherRoot) })
        }
    }

    /// E6: an entry of 64 bytes that spells two hashes is not the node over them.
    @Test func anEntryThatSpellsANodeIsNotThatNode() throws {
        let left = TreeHash.leaf(utf8("entry 0")), right = TreeHash.leaf(utf8("entry 1"))
        let forged = left.bytes + right.bytes
        #expect(TreeHash.leaf(forged) != TreeHash.node(left, right))
        #expect(TreeHash.leaf([1] + forged) != TreeHash.node(left, right))
        let root = MemoryLog(size: 2).range.root
        #expect(root == TreeHash.node(left, right))
        #expect(throws: TransparencyFault.self) {
            try MerkleProof.verifyInclusion(of: TreeHash.leaf(forged), at: 0, size: 1, path: [], root: root)
        }
    }

    /// D14.
    @Test(arguments: 2...20) func anyOtherConsistencyProofIsRefused(size: Int) throws {
        let log = MemoryLog(size: size)
        var builder = log.builder()
        let root = log.range.root, count = log.size
        for old in 1..<count {
            let oldRoot = try builder.root(at: old)
            let path = try builder.consistencyPath(from: old)
            func refused(_ from: UInt64, _ fromRoot: Digest, _ to: UInt64, _ toRoot: Digest, _ other: [Digest]) -> Bool {
                refuses { try MerkleProof.verifyConsistency(from: from, oldRoot: fromRoot, to: to, newRoot: toRoot, path: other) }
            }
            #expect(refused(old, oldRoot, count, root, []))
            #expect(refused(old, oldRoot, count, root, path + [root]))
            #expect(refused(old, oldRoot, count, root, [oldRoot] + path))
            #expect(refused(old, oldRoot, count, root, Array(path.dropLast())))
            #expect(refused(old, oldRoot, count, root, Array(path.dropFirst())))
            #expect(refused(count, root, old, oldRoot, path), "old above new")
            #expect(refused(old, root, count, root, path), "another old root")
            #expect(refused(old, oldRoot, count, oldRoot, path), "another new root")
            #expect(refused(old, oldRoot, old, root, []), "one size, two roots")
            #expect(refused(old, oldRoot, old, oldRoot, path), "a path between equal sizes")
            #expect(refused(0, TreeHash.empty, count, root, path), "a path from the empty tree")
            #expect(refused(0, TreeHash.empty, count, root, []), "nothing to prove from the empty tree")
            for position in path.indices {
                var changed = path
                changed[position] = .zero
                #expect(refused(old, oldRoot, count, root, changed))
            }
        }
        #expect(throws: TransparencyFault.self) {
            try MerkleProof.verifyConsistency(from: 0, oldRoot: root, to: 0, newRoot: root, path: [])
        }
        try MerkleProof.verifyConsistency(from: 0, oldRoot: TreeHash.empty, to: 0, newRoot: TreeHash.empty, path: [])
    }

    static let greatSizes: [UInt64] = [
        255, 256, 257, 65_535, 65_536, 65_537, 4_294_967_295, 4_294_967_296, 4_294_967_297,
        1_099_511_627_853, 4_611_686_018_427_400_249, Limits.maxTreeSize,
    ]

    /// G10: a log of equal leaves can be as long as one likes, because each full subtree of a height has one hash.
    @Test(arguments: greatSizes) func proofsReachThroughGreatLogs(size: UInt64) throws {
        var heights = [TreeHash.leaf([7])]
        for height in 1...64 { heights.append(TreeHash.node(heights[height - 1], heights[height - 1])) }
        let levels = heights
        let nodes = CompactRange.subtreeSizes(size).map { levels[$0.trailingZeroBitCount] }
        let root = try #require(CompactRange(size: size, nodes: nodes)).root
        var builder = ProofBuilder(size: size) { (tile: TileCoordinate) throws(TransparencyFault) -> [Digest] in
            [Digest](repeating: levels[8 * tile.level], count: tile.width)
        }
        let edge = RightEdge(size: size) { (tile: TileCoordinate) -> [Digest] in
            [Digest](repeating: levels[8 * tile.level], count: tile.width)
        }
        #expect(edge.root == root)
        for index in [0, 1, size / 2, size - 2, size - 1] as [UInt64] {
            let path = try builder.inclusionPath(of: index)
            try MerkleProof.verifyInclusion(of: levels[0], at: index, size: size, path: path, root: root)
            #expect(path.count <= Limits.maxPathHashes)
        }
        for old in [1, 2, 255, 256, size / 2, size / 2 + 1, size - 1, size] as [UInt64] where old <= size {
            let path = try builder.consistencyPath(from: old)
            try MerkleProof.verifyConsistency(from: old, oldRoot: try builder.root(at: old), to: size, newRoot: root, path: path)
        }
    }
}
