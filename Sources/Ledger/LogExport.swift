import Storage
import TransparencyLog

/// Writes a log to a folder in the layout of C2SP tlog-tiles, so that it can be verified offline or served as plain files.
package enum LogExport {
    /// Copies everything that the stored checkpoint covers; the checkpoint comes last, so that a folder with one is whole. Files that exist
    /// with other contents are refused, files with the same contents are kept: an export can be continued.
    /// - Returns: the size of the exported log.
    package static func write(_ reading: any StorageReading, to folder: String) throws(StorageFault) -> UInt64 {
        guard let checkpoint = try reading.checkpoint() else { throw .schema(found: 0, supported: 1) }
        let resources = LogResources(reading, checkpoint: checkpoint)
        for path in paths(size: checkpoint.size) {
            guard let bytes = try resources.bytes(at: path) else { throw .corrupt("resource \(path.text)") }
            try write(bytes, to: folder + "/" + path.text)
        }
        try replace(checkpoint.note, at: folder + "/checkpoint")
        return checkpoint.size
    }

    /// Every tile and bundle of a log of that size, the partial ones last on each level.
    static func paths(size: UInt64) -> [LogPath] {
        var paths: [LogPath] = []
        for level in 0..<8 {
            var index: UInt64 = 0
            while let tile = TileCoordinate.at(level: level, index: index, size: size) {
                paths.append(.tile(tile))
                if level == 0 { paths.append(.entries(BundleCoordinate(index: index, width: tile.width))) }
                index += 1
            }
        }
        return paths
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(StorageFault) {
        if let existing = try OpenFile.read(path) {
            guard try existing.contents(limit: Limits.maxBundleBytes) == bytes else { throw .file("\(path) exists with other contents; use an empty folder") }
            return
        }
        try OpenFile.makeFolder(parent(of: path), mode: 0o755)
        try OpenFile.create(path, mode: 0o644).write(bytes)
    }

    private static func replace(_ bytes: [UInt8], at path: String) throws(StorageFault) {
        try OpenFile.makeFolder(parent(of: path), mode: 0o755)
        let fresh = path + ".new"
        try OpenFile.remove(fresh)
        let file = try OpenFile.create(fresh, mode: 0o644)
        try file.write(bytes)
        try file.sync()
        try OpenFile.rename(fresh, to: path)
    }

    private static func parent(of path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    }
}
