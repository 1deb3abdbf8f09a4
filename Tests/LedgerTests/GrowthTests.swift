import Cryptography
import Testing
import TransparencyLog

@testable import Ledger

@Suite struct GrowthTests {
    private static func leaves(_ range: Range<Int>) -> [Digest] {
        range.map { TreeHash.leaf(Array("entry \($0)".utf8)) }
    }

    private static func range(_ size: Int) -> CompactRange {
        var range = CompactRange()
        for leaf in leaves(0..<size) { range.append(leaf) }
        return range
    }

    /// Roots that five independent programs agree on, for entries `entry 0`, `entry 1`, ...
    @Test(arguments: [
        (1, "773885a613489e24ce2cf76199d6a423f042e4bbf12d7eecee912ef276c65701"),
        (2, "5a47662fd8a317d96049a3f9f47c55dc67ca66051baa3683dbb19b2fe09a07b0"),
        (3, "94fbd0dd836f50301692e6d0eade728ee19ec52bfff1606ed807c8575d5aaa19"),
        (7, "98c97f0ba3175cd08b031dd084b9dc4e649b64d1a28e6ea694646503173ab587"),
        (8, "b69732ce5c914162ca9accfaf4e95d3f9874d68805437088aaff184a4db96773"),
        (256, "da6596d95369f5fef322ab8e4e0da3b0b50236aa9c8a3b1d246f7411c9e2e32e"),
        (257, "5c1fdfe835358022f2392de478dbe053fc130cfe1d3a082879a90cf6bf14bf7e"),
        (1000, "346c6b9cb89c4b76fac9dcb20cda86e3a01c0a57417c139028eacd4538fde95b"),
    ])
    func rootsAreThoseOfTheSpecification(size: Int, root: String) {
        for old in Set([0, 1, size / 3, size - 1]) where old < size {
            let growth = Growth(from: Self.range(old), appending: Self.leaves(old..<size))
            #expect(growth.newRoot.hex == root, "from \(old)")
        }
    }

    @Test func everyPathOfEveryGrowthVerifies() throws {
        let all = Self.leaves(0..<70)
        for old in 0..<69 {
            let before = Self.range(old)
            for new in (old + 1)...69 {
                let growth = Growth(from: before, appending: Array(all[old..<new]))
                for index in old..<new {
                    try MerkleProof.verifyInclusion(
                        of: all[index], at: UInt64(index), size: UInt64(new), path: growth.inclusionPath(of: UInt64(index)),
                        root: growth.newRoot)
                }
                guard old > 0 else { continue }
                try MerkleProof.verifyConsistency(
                    from: UInt64(old), oldRoot: before.root, to: UInt64(new), newRoot: growth.newRoot, path: growth.consistencyPath)
            }
        }
    }

    @Test func pathsAreTheOnesThatTilesGive() {
        let all = Self.leaves(0..<600)
        for (old, new) in [(0, 600), (255, 257), (256, 512), (300, 599), (511, 600)] {
            let growth = Growth(from: Self.range(old), appending: Array(all[old..<new]))
            var proofs = ProofBuilder<Never>(size: UInt64(new)) { tile in
                (0..<tile.width).map { offset in
                    let place = Int(tile.index) * 256 + offset
                    return tile.level == 0 ? all[place] : HashTile.root(Array(all[place * 256..<(place + 1) * 256]))
                }
            }
            #expect(growth.consistencyPath == proofs.consistencyPath(from: UInt64(old)))
            for index in [old, (old + new) / 2, new - 1] {
                #expect(growth.inclusionPath(of: UInt64(index)) == proofs.inclusionPath(of: UInt64(index)))
            }
        }
    }
}
