import Cryptography
import Storage
import Testing
import TransparencyLog

@testable import Ledger

@Suite struct IntegrationTests {
    private static func entries(_ range: Range<Int>) -> [[UInt8]] {
        range.map { Array("entry \($0)".utf8) }
    }

    private static func edge(_ size: Int) -> LogEdge {
        var tiles = RightEdge()
        for entry in entries(0..<size) { tiles.append(TreeHash.leaf(entry)) { _, _ in } }
        return LogEdge(tiles)
    }

    @Test func theRootIsThatOfTheSpecification() throws {
        let integration = try Integration(of: Self.entries(200..<257), and: Self.entries(200..<257), at: Self.edge(200))
        #expect(integration.growth.newRoot.hex == "5c1fdfe835358022f2392de478dbe053fc130cfe1d3a082879a90cf6bf14bf7e")
        #expect(integration.edge.tiles.size == 257)
    }

    @Test func aTileIsStoredWhenItIsFullWithTheLevelAbove() throws {
        let none = try Integration(of: Self.entries(100..<255), and: Self.entries(100..<255), at: Self.edge(100))
        #expect(none.tiles.isEmpty)
        let integration = try Integration(of: Self.entries(255..<257), and: Self.entries(255..<257), at: Self.edge(255))
        let sizes = Dictionary(uniqueKeysWithValues: integration.tiles.map { ($0.place, $0.hashes.count) })
        #expect(sizes == [TilePlace(level: 0, index: 0): 8_192, TilePlace(level: 1, index: 0): 32])
    }

    /// A bit that flips in one of the two buffers, anywhere, is found before anything is signed.
    @Test(arguments: [0, 1, 5, 9]) func aFlippedBitInAnEntryIsFound(place: Int) {
        let first = Self.entries(10..<20)
        var second = first
        second[place][3] ^= 0x10
        #expect(throws: LedgerFault.inconsistent("two computations of the root at size 20 differ")) {
            try Integration(of: first, and: second, at: Self.edge(10))
        }
    }

    @Test func aFlippedBitInAHashInMemoryIsFound() throws {
        var edge = Self.edge(10)
        var nodes = edge.range.nodes
        var bytes = nodes[1].bytes
        bytes[0] ^= 1
        nodes[1] = try #require(Digest(bytes))
        edge.range = try #require(CompactRange(size: 10, nodes: nodes))
        // The tree is grown from the damaged hash alone until a tile is full; the signer's own head refuses it before that.
        let integration = try Integration(of: Self.entries(10..<11), and: Self.entries(10..<11), at: edge)
        let identity = try LogIdentity(origin: "log.example", seed: SecretBytes([UInt8](repeating: 1, count: 32)))
        var signer = CheckpointSigner(
            identity.signer, remembering: Checkpoint(origin: identity.origin, size: 10, root: Self.edge(10).range.root))
        #expect(throws: LedgerFault.self) {
            try signer.sign(
                size: 11, root: integration.growth.newRoot, consistency: integration.growth.consistencyPath)
        }
        #expect(signer.head.size == 10)
        #expect(throws: LedgerFault.self) { try Integration(of: Self.entries(10..<256), and: Self.entries(10..<256), at: edge) }
    }

    @Test func theSignerNeverGoesBackOrAside() throws {
        let identity = try LogIdentity(origin: "log.example", seed: SecretBytes([UInt8](repeating: 1, count: 32)))
        let root = Self.edge(10).range.root
        var signer = CheckpointSigner(identity.signer, remembering: Checkpoint(origin: identity.origin, size: 10, root: root))
        #expect(throws: LedgerFault.self) { try signer.sign(size: 9, root: Self.edge(9).range.root, consistency: []) }
        #expect(throws: LedgerFault.self) { try signer.sign(size: 10, root: Self.edge(9).range.root, consistency: []) }
        let first = try signer.sign(size: 10, root: root, consistency: [])
        let second = try signer.sign(size: 10, root: root, consistency: [])
        #expect(first == second)
    }
}
