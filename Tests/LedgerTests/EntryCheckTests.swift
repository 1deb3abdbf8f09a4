import Cryptography
import Storage
import Testing
import TransparencyLog
import Vocabulary

@testable import Ledger

/// Entries are compared with the root of the head through the tiles between them.
@Suite struct EntryCheckTests {
    /// A log of the entries `entry <i>` in memory, as a store keeps one.
    private struct Kept: Sendable {
        var entries: [[UInt8]]
        var tiles: [TilePlace: [UInt8]] = [:]
        var head: LedgerHead

        init(size: Int) {
            entries = (0..<size).map { Array("entry \($0)".utf8) }
            var edge = RightEdge()
            var tiles: [TilePlace: [UInt8]] = [:]
            for entry in entries { edge.append(TreeHash.leaf(entry)) { tiles[TilePlace($0)] = HashTile.encode($1) } }
            for (tile, hashes) in edge.partialTiles where tile.level > 0 { tiles[TilePlace(tile)] = HashTile.encode(hashes) }
            self.tiles = tiles
            head = LedgerHead(size: edge.size, root: edge.root, sequenced: Timestamp(microseconds: 1))
        }

        func check() throws(StorageFault) -> EntryCheck {
            try EntryCheck(head, tile: { [tiles] place in tiles[place] }) { first, count in
                entries[Int(first.value)...].prefix(count).enumerated().map {
                    StoredEvidence(LedgerIndex(first.value + UInt64($0.offset)), entry: $0.element, opening: nil)
                }
            }
        }

        /// What is told after all entries were compared.
        func fault() throws(StorageFault) -> LedgerFault? {
            var check = try check()
            for first in stride(from: 0, to: entries.count, by: 256) {
                let leaves = entries[first...].prefix(256).map { TreeHash.leaf($0) }
                try check.compare(leaves, root: leaves.count == 256 ? HashTile.root(leaves) : nil, tile: UInt64(first) >> 8)
            }
            return check.fault
        }

        /// Puts the hash of what lies below where it belongs, in one tile.
        mutating func rehash(level: UInt8, index: UInt64, position: Int, _ hash: Digest) {
            tiles[TilePlace(level: level, index: index)]?.replaceSubrange(position * 32..<position * 32 + 32, with: hash.bytes)
        }
    }

    private static let large = Kept(size: 70_000)

    /// The roots of five independent programs for such logs.
    @Test(arguments: [
        (1, "773885a613489e24ce2cf76199d6a423f042e4bbf12d7eecee912ef276c65701"),
        (256, "da6596d95369f5fef322ab8e4e0da3b0b50236aa9c8a3b1d246f7411c9e2e32e"),
        (257, "5c1fdfe835358022f2392de478dbe053fc130cfe1d3a082879a90cf6bf14bf7e"),
        (70_000, "a3920fba7f239a071a9bd10721f1341addefbaededb41c7e24437a9d16bdf00a"),
    ])
    func whatWasWrittenFits(size: Int, root: String) throws {
        var log = size == 70_000 ? Self.large : Kept(size: size)
        log.head.root = try #require(Digest(hex: root))
        #expect(try log.fault() == nil)
        var check = try log.check()
        for index in [0, size / 2, size - 1] { try check.compare(log.entries[index], at: UInt64(index)) }
        #expect(check.fault == nil)
    }

    /// In a tile below a full one, in one below the edge, and at the edge.
    @Test(arguments: [300, 255, 256, 65_536, 69_887, 69_888, 69_999]) func anEntryThatIsAnotherIsNamed(index: Int) throws {
        var log = Self.large
        // The edge was right when the check began.
        var late = try log.check()
        log.entries[index] = Array("entry".utf8)
        try late.compare(log.entries[index], at: UInt64(index))
        let told = LedgerFault.inconsistent("entry \(index) is not the one that the ledger's hashes stand for")
        #expect(late.fault == told)
        if index < 69_888 {
            #expect(try log.fault() == told)
        } else {
            #expect(try log.fault() == .inconsistent("the last tiles and entries do not give the root at size 70000"))
        }
    }

    @Test func ofManyThatAreOthersTheFirstAndTheLastAreNamed() throws {
        var log = Self.large
        for index in [300, 400, 5_000] { log.entries[index] = [1] }
        #expect(
            try log.fault() == .inconsistent(
                "of the entries 300 to 5000, the first and the last at least are not those that the ledger's hashes stand for"))
    }

    /// Whoever alters an entry may alter the hashes above it: then those do not fit the next ones.
    @Test func hashesThatWereAlteredWithTheEntryAreTold() throws {
        var log = Self.large
        log.entries[300] = [1]
        log.rehash(level: 0, index: 1, position: 44, TreeHash.leaf([1]))
        #expect(try log.fault() == .inconsistent("tile/0/001 is damaged"))
        let tile = try HashTile.decode(try #require(log.tiles[TilePlace(level: 0, index: 1)]), width: 256)
        log.rehash(level: 1, index: 0, position: 1, HashTile.root(tile))
        #expect(try log.fault() == .inconsistent("tile/1/000 is damaged"))
        let above = try HashTile.decode(try #require(log.tiles[TilePlace(level: 1, index: 0)]), width: 256)
        log.rehash(level: 2, index: 0, position: 0, HashTile.root(above))
        #expect(try log.fault() == .inconsistent("the last tiles and entries do not give the root at size 70000"))
        var check = try log.check()
        try check.compare([1], at: 300)
        #expect(check.fault != nil)
    }

    @Test func tilesThatAreMissingOrShortAreTold() throws {
        for (place, told) in [
            (TilePlace(level: 1, index: 0), "tile/1/000"), (TilePlace(level: 1, index: 1), "tile/1/001.p/17"), (TilePlace(level: 2, index: 0), "tile/2/000.p/1"),
        ] {
            var log = Self.large
            log.tiles[place]?.removeLast()
            #expect(try log.fault() == .inconsistent("\(told) is damaged"))
            log.tiles[place] = nil
            #expect(try log.fault() == .inconsistent("\(told) is damaged"))
        }
    }
}
