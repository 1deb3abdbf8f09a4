import Cryptography
import Storage
import Synchronization

/// The certificates of the register in memory, for a look on an event loop: what a connection may use is known before its first call. Who calls is
/// asked of the register itself, on every call.
final class EnrolledCertificates: Sendable {
    private let thumbprints: Mutex<Set<Thumbprint>>

    init(_ thumbprints: Set<Thumbprint> = []) {
        self.thumbprints = Mutex(thumbprints)
    }

    /// Those that somebody may use.
    convenience init(in store: any StorageReading) throws(StorageFault) {
        self.init(Set(try store.usableCertificates().map(\.thumbprint)))
    }

    func contains(_ thumbprint: Thumbprint) -> Bool { thumbprints.withLock { $0.contains(thumbprint) } }

    func add(_ thumbprint: Thumbprint) { thumbprints.withLock { _ = $0.insert(thumbprint) } }

    func remove(_ retired: [Thumbprint]) { thumbprints.withLock { $0.subtract(retired) } }
}
