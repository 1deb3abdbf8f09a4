import Cryptography
import Storage
import Synchronization

/// The certificates of the register in memory, for a look on an event loop: what a connection may use is known before its first call. Who calls is
/// asked of the register itself, on every call.
final class EnrolledCertificates: Sendable {
    private struct State {
        var usable: Set<Thumbprint>
        var retired: Set<Thumbprint> = []
    }

    private let state: Mutex<State>

    init(_ thumbprints: Set<Thumbprint> = []) {
        state = Mutex(State(usable: thumbprints))
    }

    /// Those that somebody may use.
    convenience init(in store: any StorageReading) throws(StorageFault) {
        self.init(Set(try store.usableCertificates().map(\.thumbprint)))
    }

    func contains(_ thumbprint: Thumbprint) -> Bool { state.withLock { $0.usable.contains(thumbprint) } }

    /// Nothing changes where it was retired since the start: that is final, and the call that enrolled it may be answered after the one that retired it.
    func add(_ thumbprint: Thumbprint) {
        state.withLock { state in
            guard !state.retired.contains(thumbprint) else { return }
            state.usable.insert(thumbprint)
        }
    }

    func remove(_ retired: [Thumbprint]) {
        state.withLock { state in
            state.usable.subtract(retired)
            state.retired.formUnion(retired)
        }
    }
}
