import Cryptography

/// Checks of the two Merkle proofs, in the iterative form of RFC 9162.
package enum MerkleProof {
    /// RFC 9162 §2.1.3.2: that the leaf hash `leaf` stands at `index` of the tree with `size` leaves and `root`.
    package static func verifyInclusion(
        of leaf: Digest, at index: UInt64, size: UInt64, path: [Digest], root: Digest
    ) throws(TransparencyFault) {
        guard index < size else { throw .badProof("the index is not below the tree size") }
        var node = index
        var last = size - 1
        var hash = leaf
        for sibling in path {
            guard last != 0 else { throw .badProof("the inclusion path is longer than the tree is high") }
            if node & 1 == 1 || node == last {
                hash = TreeHash.node(sibling, hash)
                while node & 1 == 0 && node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                hash = TreeHash.node(hash, sibling)
            }
            node >>= 1
            last >>= 1
        }
        guard last == 0 else { throw .badProof("the inclusion path is shorter than the tree is high") }
        guard hash == root else { throw .badProof("the inclusion path leads to another root") }
    }

    /// RFC 9162 §2.1.4.2: that the tree (`newSize`, `newRoot`) begins with the tree (`oldSize`, `oldRoot`).
    /// Equal sizes want equal roots and no path. From the empty tree to another there is nothing that a proof could say
    /// (RFC 9162 §2.1.4.1 begins at 1), so such a question is refused.
    package static func verifyConsistency(
        from oldSize: UInt64, oldRoot: Digest, to newSize: UInt64, newRoot: Digest, path: [Digest]
    ) throws(TransparencyFault) {
        guard oldSize <= newSize else { throw .badProof("the old size is above the new size") }
        if oldSize == newSize {
            guard path.isEmpty else { throw .badProof("a proof between equal sizes has no hashes") }
            guard oldRoot == newRoot else { throw .badProof("two roots for one tree size") }
            guard oldSize != 0 || oldRoot == TreeHash.empty else { throw .badProof("the root of the empty tree is SHA-256 of nothing") }
            return
        }
        guard oldSize > 0 else { throw .badProof("every log continues the empty one; there is nothing to prove") }
        var rest = path[...]
        var node = oldSize - 1
        var last = newSize - 1
        while node & 1 == 1 {
            node >>= 1
            last >>= 1
        }
        // When the old tree is one full subtree its root is the start, and the path leaves it out.
        let first = node == 0 ? oldRoot : rest.popFirst()
        guard let first, !path.isEmpty else { throw .badProof("the consistency path is empty") }
        var old = first
        var new = first
        for sibling in rest {
            guard last != 0 else { throw .badProof("the consistency path is longer than the tree is high") }
            if node & 1 == 1 || node == last {
                old = TreeHash.node(sibling, old)
                new = TreeHash.node(sibling, new)
                while node & 1 == 0 && node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                new = TreeHash.node(new, sibling)
            }
            node >>= 1
            last >>= 1
        }
        guard last == 0 else { throw .badProof("the consistency path is shorter than the tree is high") }
        guard old == oldRoot else { throw .badProof("the consistency path leads to another old root") }
        guard new == newRoot else { throw .badProof("the consistency path leads to another new root") }
    }
}
