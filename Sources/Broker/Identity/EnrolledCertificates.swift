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

    /// Those that are active.
    convenience init(in store: any StorageReading) throws(StorageFault) {
        var found: Set<Thumbprint> = []
        for organisation in try store.organisations() {
            for principal in try store.principals(of: organisation.number) {
                for certificate in try store.certificates(of: principal.number) where certificate.status == .active {
                    found.insert(certificate.thumbprint)
                }
            }
        }
        self.init(found)
    }

    func contains(_ thumbprint: Thumbprint) -> Bool { thumbprints.withLock { $0.contains(thumbprint) } }

    func add(_ thumbprint: Thumbprint) { thumbprints.withLock { _ = $0.insert(thumbprint) } }

    func remove(_ thumbprint: Thumbprint) { thumbprints.withLock { _ = $0.remove(thumbprint) } }
}
