import Cryptography
import Foundation
import Storage
import TransparencyLog

/// Writes a log to a folder in the layout of C2SP tlog-tiles, so that it can be verified offline or served as plain files.
package enum LogExport {
    /// Copies everything that the stored checkpoint covers; the checkpoint comes last, so that a folder with one is whole. Files that exist
    /// with other contents are refused, files with the same contents are kept: an export can be continued. A folder that holds anything else,
    /// or another log, or lies in the home itself, is refused before a file is written.
    /// - Returns: the size of the exported log.
    package static func write(_ reading: any StorageReading, of home: BrokerHome, to folder: String) throws(StorageFault) -> UInt64 {
        try requireOutside(home, folder)
        guard let checkpoint = try reading.checkpoint() else { throw .schema(found: 0, supported: 1) }
        try requireRoom(in: folder)
        try requireSameLog(reading, size: checkpoint.size, in: folder)
        let resources = LogResources(reading, checkpoint: checkpoint)
        let paths = paths(size: checkpoint.size)
        try requireNothingElse(in: folder, than: Set(paths.map(\.text)), resources)
        for path in paths {
            guard let bytes = try resources.bytes(at: path) else { throw .corrupt("resource \(path.text)") }
            try write(bytes, to: folder + "/" + path.text)
        }
        try replace(checkpoint.note, at: folder + "/checkpoint")
        return checkpoint.size
    }

    /// The home's folders hold what its broker put there; an empty path would be the root of the file system.
    private static func requireOutside(_ home: BrokerHome, _ folder: String) throws(StorageFault) {
        guard !folder.isEmpty, let root = try OpenFile.resolved(home.path) else {
            throw .file("the folder to export to has an empty name; give a new or empty folder, or an earlier export of this ledger")
        }
        // What is missing will be made as plain folders, so that `..` behind it leads back.
        var place = folder.hasPrefix("/") ? "" : try OpenFile.resolved(".") ?? ""
        for name in folder.split(separator: "/") where name != "." {
            if name == ".." {
                place = parent(of: place)
            } else {
                let next = place + "/" + name
                place = try OpenFile.resolved(next) ?? next
            }
        }
        guard place != root, !place.hasPrefix(root + "/") else {
            throw .file("\(folder) lies in the broker's home \(home.path); give a folder outside it")
        }
    }

    /// Below `tile` there may be no link, which would lead the export elsewhere, and no file that is not of this log. Files of `paths` are
    /// compared when it is their turn; others can be narrower tiles that an earlier export wrote.
    private static func requireNothingElse(in folder: String, than paths: Set<String>, _ resources: LogResources) throws(StorageFault) {
        var folders = try names(in: folder).contains("tile") ? ["tile"] : []
        try requireKind(.typeDirectory, folders.map { folder + "/" + $0 })
        while let here = folders.popLast() {
            for name in try names(in: folder + "/" + here) {
                let path = here + "/" + name
                let full = folder + "/" + path
                if try kind(full) == .typeDirectory {
                    folders.append(path)
                    continue
                }
                try requireKind(.typeRegular, [full])
                guard !paths.contains(path) else { continue }
                guard let place = LogPath(path), let bytes = try resources.bytes(at: place),
                    try OpenFile.read(full)?.contents(limit: Limits.maxBundleBytes) == bytes
                else { throw .file("\(full) is not of this ledger; give a new or empty folder") }
            }
        }
    }

    private static func requireKind(_ wanted: FileAttributeType, _ paths: [String]) throws(StorageFault) {
        for path in paths where try kind(path) != wanted {
            throw .file("\(path) is a link or another thing that no export wrote; give a new or empty folder")
        }
    }

    /// Of the thing itself, not of what a link leads to.
    private static func kind(_ path: String) throws(StorageFault) -> FileAttributeType? {
        do {
            return try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        } catch {
            throw .file("\(path) cannot be read; check its owner and mode")
        }
    }

    /// In order; empty where there is no folder.
    private static func names(in folder: String) throws(StorageFault) -> [String] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        } catch {
            throw .file("\(folder) is not a folder that can be read; give a new or empty one")
        }
    }

    /// Nothing may be there, or what an export leaves.
    private static func requireRoom(in folder: String) throws(StorageFault) {
        if let other = try names(in: folder).first(where: { !["tile", "checkpoint", "checkpoint.new"].contains($0) }) {
            throw .file("\(folder) holds \(other), which no export wrote; give a new or empty folder, or an earlier export of this ledger")
        }
    }

    /// A checkpoint that is there must be one that this log continues.
    private static func requireSameLog(_ reading: any StorageReading, size: UInt64, in folder: String) throws(StorageFault) {
        guard let file = try OpenFile.read(folder + "/checkpoint") else { return }
        let bytes = try file.contents(limit: Limits.maxNoteBytes)
        let earlier: Checkpoint
        do throws(TransparencyFault) {
            earlier = try Checkpoint(text: try SignedNote(bytes).text)
        } catch {
            throw .file("\(folder)/checkpoint is no checkpoint of a log; give a new or empty folder")
        }
        guard let origin = try reading.origin(), earlier.origin.description == origin else {
            throw .file("\(folder) holds the log \(earlier.origin), not this one; give a new or empty folder")
        }
        let tiles = StoredTiles(reading, size: size)
        var proofs = ProofBuilder<LedgerFault>(size: size) { tile throws(LedgerFault) in try tiles.hashes(tile) }
        let root: Digest?
        do throws(LedgerFault) {
            root = earlier.size <= size ? try proofs.root(at: earlier.size) : nil
        } catch {
            throw .corrupt("the tiles of the log")
        }
        guard root == earlier.root else {
            throw .file(
                "\(folder) holds a log of \(earlier.size) entries that this one of \(size) does not continue; keep it as evidence, and give a new folder")
        }
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
