import Foundation

/// The folder that a broker lives in: `broker.sqlite`, `sources/`, `keys/` (0600), `concordat.yaml`, `lock`.
package struct BrokerHome: Hashable, Sendable {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    package var configuration: String { path + "/concordat.yaml" }
    package var database: String { path + "/broker.sqlite" }
    package var sources: String { path + "/sources" }
    package var keys: String { path + "/keys" }
    package var lock: String { path + "/lock" }

    /// A path of the configuration: relative ones start at the home.
    package func resolve(_ file: String) -> String {
        file.hasPrefix("/") ? file : path + "/" + file
    }

    /// Makes the folders, which must not hold a broker yet. Folders get mode 0700.
    package func create() throws(BrokerFault) {
        guard !FileManager.default.fileExists(atPath: configuration) else {
            throw .home(path: path, reason: "holds a broker already; choose another folder, or remove this one yourself")
        }
        for folder in [path, keys, sources] {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw .home(path: folder, reason: "cannot be made: \(error.localizedDescription)")
            }
        }
    }

    /// Checks that everything is there and that nobody else can read what is secret.
    package func check() throws(BrokerFault) {
        for file in [configuration, database, sources, keys] where !FileManager.default.fileExists(atPath: file) {
            throw .home(path: file, reason: "is missing; run `concordat init --home \(path)` or restore a backup")
        }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: keys)
        } catch {
            throw .home(path: keys, reason: "cannot be read: \(error.localizedDescription)")
        }
        for name in names { try HomeFile.requirePrivate(keys + "/" + name) }
        try HomeFile.requirePrivate(keys)
    }

    /// Modes that were read back, for the list of settings at the start.
    package func modes() throws(BrokerFault) -> [String] {
        ["keys.mode=" + String(try HomeFile.mode(keys), radix: 8)]
    }
}
