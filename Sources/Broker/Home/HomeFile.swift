import Foundation

/// Reading and writing single files of a home.
package enum HomeFile {
    /// Writes a new file with mode 0600 and syncs it. A file that exists is a fault: keys are never overwritten.
    package static func writePrivate(_ bytes: [UInt8], to path: String) throws(BrokerFault) {
        guard !FileManager.default.fileExists(atPath: path) else { throw .home(path: path, reason: "exists already and is not overwritten") }
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
            throw .home(path: path, reason: "cannot be made")
        }
        do {
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            try handle.write(contentsOf: Data(bytes))
            try handle.synchronize()
            try handle.close()
        } catch {
            throw .home(path: path, reason: "cannot be written: \(error.localizedDescription)")
        }
    }

    /// The whole file, at most `limit` bytes.
    package static func read(_ path: String, atMost limit: Int = 1_048_576) throws(BrokerFault) -> [UInt8] {
        let content: Data
        do {
            content = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw .home(path: path, reason: "cannot be read: \(error.localizedDescription)")
        }
        guard content.count <= limit else { throw .home(path: path, reason: "is larger than \(limit) bytes") }
        return [UInt8](content)
    }

    /// The permission bits.
    package static func mode(_ path: String) throws(BrokerFault) -> Int {
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            guard let mode = attributes[.posixPermissions] as? Int else {
                throw BrokerFault.home(path: path, reason: "has no permission bits")
            }
            return mode
        } catch let fault as BrokerFault {
            throw fault
        } catch {
            throw .home(path: path, reason: "cannot be looked at: \(error.localizedDescription)")
        }
    }

    /// Refuses a file that anybody but its owner can read or write.
    package static func requirePrivate(_ path: String) throws(BrokerFault) {
        let mode = try mode(path)
        guard mode & 0o077 == 0 else {
            throw .setting(name: "mode of \(path)", expected: "closed to group and others (chmod go= \(path))", found: String(mode, radix: 8))
        }
    }
}
