import Foundation

/// Reading files that somebody else may have made: no pipes or devices, which could keep us waiting, and a bound on the size.
enum RegularFile {
    static func read(_ path: String, limit: Int) throws(AuditFailure) -> [UInt8] {
        guard let bytes = try readIfThere(path, limit: limit) else { throw AuditFailure(.unavailable, "\(path) does not exist.") }
        return bytes
    }

    /// Nil where there is no such file.
    static func readIfThere(_ path: String, limit: Int) throws(AuditFailure) -> [UInt8]? {
        let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        guard FileManager.default.fileExists(atPath: resolved) else { return nil }
        do {
            let attributes = try FileManager.default.attributesOfItem(atPath: resolved)
            guard attributes[.type] as? FileAttributeType == .typeRegular else {
                throw AuditFailure(.unavailable, "\(path) is not a plain file.")
            }
            let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
            guard size <= limit else { throw AuditFailure(.violated, "\(path) has \(size) bytes, where at most \(limit) can be.") }
            return Array(try Data(contentsOf: URL(fileURLWithPath: resolved)))
        } catch let failure as AuditFailure {
            throw failure
        } catch {
            throw AuditFailure(.unavailable, "\(path) cannot be read: \(error.localizedDescription)")
        }
    }

    /// Refuses a private key that others than its owner can read or write.
    static func requirePrivate(_ path: String) throws(AuditFailure) {
        do {
            let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            let mode = (try FileManager.default.attributesOfItem(atPath: resolved)[.posixPermissions] as? NSNumber)?.intValue ?? 0
            guard mode & 0o077 == 0 else {
                throw AuditFailure(.usage, "\(path) is open to others (mode \(String(mode, radix: 8))); run: chmod 600 \(path)")
            }
        } catch let failure as AuditFailure {
            throw failure
        } catch {
            throw AuditFailure(.usage, "\(path) cannot be read: check the path and your rights to the file")
        }
    }

    /// Replaces the file as a whole.
    static func write(_ bytes: [UInt8], to path: String) throws(AuditFailure) {
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw AuditFailure(.unavailable, "\(path) cannot be written: \(error.localizedDescription)")
        }
    }
}
