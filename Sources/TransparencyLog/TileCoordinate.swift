/// Which hash tile, of which width (C2SP tlog-tiles). A tile at level l holds hashes of 256^l leaves each.
package struct TileCoordinate: Hashable, Sendable {
    /// 0 to 63 in paths; no tree of 64 bits has one above 7.
    package let level: Int
    package let index: UInt64
    /// 1 to 256 hashes; below 256 the tile is partial.
    package let width: Int

    package init(level: Int, index: UInt64, width: Int = Limits.tileWidth) {
        precondition((0...63).contains(level) && (1...Limits.tileWidth).contains(width), "level 0 to 63, width 1 to 256")
        self.level = level
        self.index = index
        self.width = width
    }

    package var isPartial: Bool { width < Limits.tileWidth }

    /// The same place when it is full.
    package var full: TileCoordinate { TileCoordinate(level: level, index: index) }

    /// As in `tile/0/x001/x234/067.p/8`.
    package var path: String { LogPath.tile(self).text }

    /// The tile at a place in a tree of `size` leaves, with the width it has there; nil where the tree has none.
    package static func at(level: Int, index: UInt64, size: UInt64) -> TileCoordinate? {
        guard level < 8 else { return nil }
        let hashes = size >> UInt64(8 * level)
        let fullTiles = hashes >> 8
        if index < fullTiles { return TileCoordinate(level: level, index: index) }
        let rest = Int(hashes & 255)
        return index == fullTiles && rest > 0 ? TileCoordinate(level: level, index: index, width: rest) : nil
    }

    /// The partial tiles of a tree, top level first: between them they lead to its root.
    package static func edge(size: UInt64) -> [TileCoordinate] {
        // Swift shifts a number right by its whole width to zero, so the top level needs no case of its own.
        (0..<8).reversed().compactMap { at(level: $0, index: size >> UInt64(8 * $0 + 8), size: size) }
    }
}
