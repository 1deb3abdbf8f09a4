import Cryptography
import Testing
@testable import TransparencyLog

@Suite struct TileTests {
    /// The spelling in tlog-tiles.md.
    static let paths: [(String, LogPath)] = [
        ("checkpoint", .checkpoint),
        ("tile/0/005", .tile(TileCoordinate(level: 0, index: 5))),
        ("tile/0/x001/x234/067", .tile(TileCoordinate(level: 0, index: 1_234_067))),
        ("tile/0/x001/x234/067.p/8", .tile(TileCoordinate(level: 0, index: 1_234_067, width: 8))),
        ("tile/63/000.p/255", .tile(TileCoordinate(level: 63, index: 0, width: 255))),
        ("tile/1/x001/000", .tile(TileCoordinate(level: 1, index: 1000))),
        ("tile/entries/000.p/1", .entries(BundleCoordinate(index: 0, width: 1))),
        ("tile/entries/x001/x000/999", .entries(BundleCoordinate(index: 1_000_999))),
    ]

    @Test(arguments: paths) func pathsHaveOneSpelling(text: String, path: LogPath) {
        #expect(path.text == text)
        #expect(LogPath(text) == path)
    }

    /// A23.
    @Test(arguments: [
        "", "/checkpoint", "checkpoint/", "Checkpoint", "tile", "tile/", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x000",
        "tile/0/x0001/000", "tile/0/001/000", "tile/0/x000/001", "tile/0/x001/x000", "tile/0/x001/", "tile/00/000", "tile/01/000", "tile/64/000",
        "tile/-1/000", "tile/+1/000", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/-1",
        "tile/0/000.p/1/", "tile/0/000.p/1.p/1", "tile/0/000.P/1", "tile/0/..", "tile/0/../000", "tile/../checkpoint", "tile/0/%30%30%30", "tile/0/٠٠٠",
        "tile/entries", "tile/entries/", "tile/entries/0", "tile/entries/000/", "tile/entries/000.p/0", "tile/data/000", "/tile/0/000", "tile//000",
        "tile/0//000", "tile/0/000 ", " tile/0/000", "tile/0/000\n", "tile/0/000?x", "tile/0/x999/x999/x999/x999/x999/x999/999", "tile/0/X001/000",
        // 2^63 and above, on both sides of what 64 bits hold.
        "tile/0/x009/x223/x372/x036/x854/x775/808", "tile/0/x018/x446/x744/x073/x709/x551/615", "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/entries/x018/x446/x744/x073/x709/x551/999",
    ]) func anyOtherPathIsRefused(text: String) {
        #expect(LogPath(text) == nil)
    }

    /// The example of tlog-tiles.md.
    @Test func tilesOfSeventyThousand() {
        #expect(TileCoordinate.edge(size: 70_000).map(\.path) == ["tile/2/000.p/1", "tile/1/001.p/17", "tile/0/273.p/112"])
        #expect(TileCoordinate.edge(size: 256).map(\.path) == ["tile/1/000.p/1"])
        #expect(TileCoordinate.edge(size: 0).isEmpty)
        #expect(TileCoordinate.at(level: 0, index: 272, size: 70_000)?.width == 256)
        #expect(TileCoordinate.at(level: 0, index: 274, size: 70_000) == nil)
        #expect(TileCoordinate.at(level: 1, index: 0, size: 70_000)?.width == 256)
        #expect(TileCoordinate.at(level: 3, index: 0, size: 70_000) == nil)
        let log = MemoryLog(size: 70_000)
        #expect(log.files.keys.filter { !$0.contains("entries") && !$0.contains(".p/") }.count == 273 + 1)
        #expect(Set(log.files.keys.filter { $0.contains(".p/") })
            == ["tile/2/000.p/1", "tile/1/001.p/17", "tile/0/273.p/112", "tile/entries/273.p/112"])
        #expect(log.files.keys.allSatisfy { LogPath($0)?.text == $0 })
    }

    @Test func rightEdgeIsReadBack() throws {
        for size in [0, 1, 255, 256, 257, 600] {
            let log = MemoryLog(size: size)
            let edge = try RightEdge(size: UInt64(size)) { (tile: TileCoordinate) throws(TransparencyFault) -> [Digest] in
                try HashTile.decode(log.files[tile.path] ?? [], width: tile.width)
            }
            #expect(edge.root == log.range.root)
            #expect(edge.compactRange == log.range)
            var grown = edge
            grown.append(TreeHash.leaf(utf8("entry \(size)"))) { _, _ in }
            #expect(grown.root == MemoryLog(size: size + 1).range.root)
        }
    }

    @Test func compactRangesNeedOneNodeForEachBit() {
        #expect(CompactRange(size: 3, nodes: [.zero]) == nil)
        #expect(CompactRange(size: 4, nodes: [.zero, .zero]) == nil)
        #expect(CompactRange(size: 1 << 63, nodes: [.zero]) == nil)
        #expect(CompactRange(size: 3, nodes: [.zero, .zero]) != nil)
    }

    @Test(arguments: [0, 1, 31, 33, 8_160, 8_191, 8_193, 8_224]) func tilesOfAnotherLengthAreRefused(count: Int) {
        #expect(throws: TransparencyFault.self) { try HashTile.decode([UInt8](repeating: 0, count: count), width: 256) }
    }

    @Test func bundlesAreReadBackExactly() throws {
        let entries = [[], [1], [UInt8](repeating: 2, count: 256), [UInt8](repeating: 3, count: 65_535)] as [[UInt8]]
        let bundle = EntryBundle.encode(entries)
        #expect(Array(bundle.prefix(6)) == [0, 0, 0, 1, 1, 1])
        #expect(try EntryBundle.decode(bundle, width: 4) == entries)
    }

    /// A10 to A14.
    @Test func bundlesWithAnyOtherShapeAreRefused() {
        let bundle = EntryBundle.encode([[1, 2, 3], [4], [5, 6]])
        for width in [1, 2, 4, 256] {
            #expect(throws: TransparencyFault.self) { try EntryBundle.decode(bundle, width: width) }
        }
        for count in 0..<bundle.count {
            #expect(throws: TransparencyFault.self) { try EntryBundle.decode(Array(bundle[..<count]), width: 3) }
        }
        for tail in [[0], [0, 0], [9], [0, 1, 7]] as [[UInt8]] {
            #expect(throws: TransparencyFault.self) { try EntryBundle.decode(bundle + tail, width: 3) }
        }
    }
}
