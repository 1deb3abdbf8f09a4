import Foundation

/// Held while a process serves a home: a second writer would fork the ledger. The system lets go of it when the process ends, however it ends.
package final class HomeLock: Sendable {
    private let handle: FileHandle

    package init(_ home: BrokerHome) throws(BrokerFault) {
        if !FileManager.default.fileExists(atPath: home.lock) {
            guard FileManager.default.createFile(atPath: home.lock, contents: nil, attributes: [.posixPermissions: 0o600]) else {
                throw .home(path: home.lock, reason: "cannot be made")
            }
        }
        guard let handle = FileHandle(forUpdatingAtPath: home.lock) else {
            throw .home(path: home.lock, reason: "cannot be opened")
        }
        guard flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else { throw .locked(path: home.path) }
        self.handle = handle
    }

    /// Lets go of the lock; a bug where it is used after that.
    package func release() {
        flock(handle.fileDescriptor, LOCK_UN)
    }
}
