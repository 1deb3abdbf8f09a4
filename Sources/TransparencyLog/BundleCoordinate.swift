/// Which entry bundle, of which width. It covers the same leaves as the level-0 tile of its index.
package struct BundleCoordinate: Hashable, Sendable {
    package let index: UInt64
    /// 1 to 256 entries.
    package let width: Int

    package init(index: UInt64, width: Int = Limits.tileWidth) {
        precondition((1...Limits.tileWidth).contains(width), "width 1 to 256")
        self.index = index
        self.width = width
    }

    package var isPartial: Bool { width < Limits.tileWidth }
    package var full: BundleCoordinate { BundleCoordinate(index: index) }
    package var path: String { LogPath.entries(self).text }
    /// Index in the log of the first entry.
    package var firstEntry: UInt64 { index * UInt64(Limits.tileWidth) }
}
