import Foundation
import Vocabulary

/// The folder `sources` of a broker's home. One file holds one revision of one dataset and is never changed once it has its name; the
/// catalogue says which file is current, so a revision appears with the catalogue's transaction and not before.
package struct SourceFolder: Hashable, Sendable {
    package let path: String
    package let limits: SourceLimits

    /// Makes the folder with mode 0700 where it is absent. Throws where it is not a folder of that mode, cannot be written, or holds a file that
    /// others than its owner may open: records are in these files as they are.
    package init(path: String, limits: SourceLimits = .standard) throws(SourceFault) {
        self.path = path
        self.limits = limits
        let files = FileManager.default
        do {
            try files.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let attributes = try files.attributesOfItem(atPath: path)
            guard attributes[.type] as? FileAttributeType == .typeDirectory else { throw SourceFault.file(path: path, reason: "it is not a folder") }
            guard SourceFolder.isPrivate(attributes) else {
                throw SourceFault.file(path: path, reason: "others than its owner may enter it; run: chmod 700 \(path)")
            }
            for name in try files.contentsOfDirectory(atPath: path).sorted() where SourceFolder.isSource(name) {
                guard try !SourceFolder.isPrivate(files.attributesOfItem(atPath: path + "/" + name)) else { continue }
                throw SourceFault.file(path: path + "/" + name, reason: "others than its owner may open it; run: chmod 600 \(path)/*")
            }
        } catch let fault as SourceFault {
            throw fault
        } catch {
            throw .file(path: path, reason: "it cannot be made or read; check its owner and mode")
        }
    }

    private static func isPrivate(_ attributes: [FileAttributeKey: Any]) -> Bool {
        guard let mode = attributes[.posixPermissions] as? NSNumber else { return false }
        return mode.intValue & 0o077 == 0
    }

    /// Removes what no import will go on with and what the catalogue does not name: unfinished imports, and revisions whose transaction
    /// did not come about or that a newer one replaced. Called at start, before anything is read. Returns the names removed.
    package func removeAll(but kept: Set<String>) throws(SourceFault) -> [String] {
        do {
            let names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
            let removed = names.filter { name in !kept.contains(name) && SourceFolder.isSource(name) }
            for name in removed { try FileManager.default.removeItem(atPath: path + "/" + name) }
            return removed
        } catch {
            throw .file(path: path, reason: "unfinished imports cannot be removed; check its owner and mode")
        }
    }

    /// Removes one replaced revision. Readers that still have it open go on reading it.
    package func remove(_ file: String) throws(SourceFault) {
        do {
            try FileManager.default.removeItem(atPath: try location(file))
        } catch {
            throw .file(path: path + "/" + file, reason: "it cannot be removed")
        }
    }

    static let staging = ".importing"

    /// A revision or an unfinished import.
    private static func isSource(_ name: String) -> Bool { name.hasSuffix(".sqlite") || name.contains(staging) }

    /// `uc.awards@3-1f2e3d4c.sqlite`. The import's own digits keep two imports of one revision apart.
    static func fileName(dataset: DatasetID, revision: UInt64, importID: [UInt8]) -> String {
        "\(dataset.text)@\(revision)-\(digits(importID)).sqlite"
    }

    static func stagingName(dataset: DatasetID, importID: [UInt8]) -> String { "\(dataset.text)@\(digits(importID))\(staging)" }

    private static func digits(_ bytes: [UInt8]) -> String {
        let alphabet = Array("0123456789abcdef")
        return String(bytes.prefix(8).flatMap { [alphabet[Int($0 >> 4)], alphabet[Int($0 & 15)]] })
    }

    /// The full path of a file of this folder; refuses a name with a folder in it.
    func location(_ file: String) throws(SourceFault) -> String {
        guard !file.isEmpty, !file.contains("/"), file.hasSuffix(".sqlite") else {
            throw .mismatch(file: file, reason: "it is not the name of a source file")
        }
        return path + "/" + file
    }
}
