import Cryptography
import TransparencyLog

/// How a log grew from one size to another: enough inner hashes for the inclusion path of every new entry and for the consistency path
/// between the two sizes, without reading a tile. Costs about two hashes for each new leaf, and one for each level of the tree.
struct Growth: Sendable {
    let oldSize: UInt64
    let newSize: UInt64
    let newRoot: Digest
    /// By level: the root of the old tree's full subtree that ends at the old right edge, where the size has one there.
    private let old: [Digest?]
    /// By level: the full subtrees that hold a new leaf, from the one over leaf `oldSize`.
    private let full: [[Digest]]
    /// By level: the hash over the leaves right of the last full subtree, where there are any.
    private let rest: [Digest?]

    /// - Precondition: at least one leaf is new.
    init(from edge: CompactRange, appending leaves: [Digest]) {
        precondition(!leaves.isEmpty, "a log grows by at least one leaf")
        let oldSize = edge.size
        let newSize = oldSize + UInt64(leaves.count)
        let height = 64 - newSize.leadingZeroBitCount
        var old = [Digest?](repeating: nil, count: height + 1)
        var nodes = edge.nodes[...]
        for level in 0...height where oldSize & 1 << UInt64(level) != 0 { old[level] = nodes.popLast() }

        var full = [leaves]
        var rest: [Digest?] = [nil]
        for level in 0..<height {
            full.append(Growth.parents(of: full[level], first: oldSize >> UInt64(level), left: old[level]))
            rest.append(Growth.rest(above: level, newSize, full[level], old[level], rest[level]))
        }
        self.oldSize = oldSize
        self.newSize = newSize
        self.old = old
        self.full = full
        self.rest = rest
        // The top level has one full subtree of the whole tree, or only a rest.
        guard let root = rest[height] else { preconditionFailure("a tree that has grown is not empty") }
        newRoot = root
    }

    /// The full subtrees one level up that hold a new leaf. `first` numbers `nodes`; `left` is the sibling of the first where that is odd.
    private static func parents(of nodes: [Digest], first: UInt64, left: Digest?) -> [Digest] {
        var parents: [Digest] = []
        parents.reserveCapacity(nodes.count / 2 + 1)
        var next = 0
        if first & 1 == 1, let left, let node = nodes.first {
            parents.append(TreeHash.node(left, node))
            next = 1
        }
        while next + 1 < nodes.count {
            parents.append(TreeHash.node(nodes[next], nodes[next + 1]))
            next += 2
        }
        return parents
    }

    /// The hash over what lies right of the last full subtree of the level above.
    private static func rest(above level: Int, _ newSize: UInt64, _ nodes: [Digest], _ left: Digest?, _ rest: Digest?) -> Digest? {
        guard newSize & 1 << UInt64(level) != 0 else { return rest }
        // The last full subtree of this level has no sibling: it is the old tree's where no new leaf is in it.
        guard let last = nodes.last ?? left else { preconditionFailure("an odd level has a last subtree") }
        return rest.map { TreeHash.node(last, $0) } ?? last
    }

    /// RFC 6962 §2.1.1, the leaf's sibling first.
    /// - Precondition: the entry is one of the new ones.
    func inclusionPath(of index: UInt64) -> [Digest] {
        precondition(index >= oldSize && index < newSize, "an entry that this growth added")
        var path: [Digest] = []
        var level = 0
        while (newSize - 1) >> UInt64(level) != 0 {
            if let sibling = node(level, (index >> UInt64(level)) ^ 1) { path.append(sibling) }
            level += 1
        }
        return path
    }

    /// RFC 6962 §2.1.2 from the old size to the new one; empty from the empty tree.
    var consistencyPath: [Digest] {
        guard oldSize > 0 else { return [] }
        // Up from the smallest full subtree of the old tree; where that is all of it, the verifier knows it and the path leaves it out.
        var level = oldSize.trailingZeroBitCount
        var index = (oldSize >> UInt64(level)) - 1
        var path: [Digest] = []
        if index != 0, let start = node(level, index) { path.append(start) }
        while (newSize - 1) >> UInt64(level) != 0 {
            if let sibling = node(level, index ^ 1) { path.append(sibling) }
            index >>= 1
            level += 1
        }
        return path
    }

    /// A subtree at the right edge of the old tree or right of it; nil where the tree has none there.
    private func node(_ level: Int, _ index: UInt64) -> Digest? {
        let first = oldSize >> UInt64(level)
        let count = newSize >> UInt64(level)
        if index == count { return rest[level] }
        guard index < count else { return nil }
        if index >= first { return full[level][Int(index - first)] }
        precondition(index == first - 1, "a subtree at the edge of the old tree")
        return old[level]
    }
}
