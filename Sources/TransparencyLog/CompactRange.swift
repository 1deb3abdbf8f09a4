import Cryptography

/// The roots of the full subtrees that make up a tree, largest first: all that is needed to append and to know the root.
package struct CompactRange: Hashable, Sendable {
    /// Leaves so far.
    package private(set) var size: UInt64
    /// One hash for each bit set in ``size``, most significant first.
    package private(set) var nodes: [Digest]

    /// The empty tree.
    package init() {
        size = 0
        nodes = []
    }

    /// Nil when the number of nodes does not fit the size, or the size is above ``Limits/maxTreeSize``.
    package init?(size: UInt64, nodes: [Digest]) {
        guard size <= Limits.maxTreeSize, nodes.count == size.nonzeroBitCount else { return nil }
        self.size = size
        self.nodes = nodes
    }

    /// Adds one leaf hash at the right.
    package mutating func append(_ leaf: Digest) {
        precondition(size < Limits.maxTreeSize, "the log is full")
        var node = leaf
        var rest = size
        while rest & 1 == 1 {
            node = TreeHash.node(nodes.removeLast(), node)
            rest >>= 1
        }
        nodes.append(node)
        size += 1
    }

    /// RFC 6962's tree hash of all leaves.
    package var root: Digest {
        guard var root = nodes.last else { return TreeHash.empty }
        for node in nodes.dropLast().reversed() { root = TreeHash.node(node, root) }
        return root
    }

    /// The root after `leaves` have been added, computed from the top of the tree downwards and so by other steps than
    /// ``append(_:)``: a fault of memory or logic in one of the two shows as a difference before anything is signed.
    package func recomputedRoot(appending leaves: [Digest]) -> Digest {
        let total = size + UInt64(leaves.count)
        precondition(total <= Limits.maxTreeSize, "the log is full")
        guard total > 0 else { return TreeHash.empty }
        var subtrees: [Range<UInt64>: Digest] = [:]
        var start: UInt64 = 0
        for (node, count) in zip(nodes, CompactRange.subtreeSizes(size)) {
            subtrees[start..<start + count] = node
            start += count
        }
        return recomputed(0..<total, old: subtrees, leaves: leaves)
    }

    /// The sizes of the full subtrees of a tree, largest first.
    static func subtreeSizes(_ size: UInt64) -> [UInt64] {
        (0..<64).reversed().map { UInt64(1) << UInt64($0) }.filter { size & $0 != 0 }
    }

    private func recomputed(_ range: Range<UInt64>, old: [Range<UInt64>: Digest], leaves: [Digest]) -> Digest {
        // The splits of the new tree never cut a full subtree of the old one: they end at it.
        if range.upperBound <= size, let node = old[range] { return node }
        let count = range.upperBound - range.lowerBound
        if count == 1 { return leaves[Int(range.lowerBound - size)] }
        let middle = range.lowerBound + TreeHash.split(count)
        return TreeHash.node(
            recomputed(range.lowerBound..<middle, old: old, leaves: leaves),
            recomputed(middle..<range.upperBound, old: old, leaves: leaves))
    }
}
