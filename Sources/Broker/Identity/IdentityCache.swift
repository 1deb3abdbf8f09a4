import Cryptography
import Storage
import Synchronization
import Tokens
import Vocabulary

/// Remembers who a certificate is, for as long as nothing in the registry has changed. Only the look-up is saved: whether the identity may
/// be used now is worked out on every call.
final class IdentityCache: Sendable {
    /// Certificates remembered; beyond that the cache starts again.
    static let capacity = 8_192

    struct Known: Sendable {
        let caller: Caller
        /// The counters of everything that this caller's tokens can depend on.
        let revocations: RevocationSnapshot
    }

    private struct Held {
        var generation: UInt64 = 0
        var known: [Thumbprint: Known] = [:]
    }

    private let held = Mutex(Held())

    func find(_ thumbprint: Thumbprint, generation: UInt64) -> Known? {
        held.withLock { held in
            held.generation == generation ? held.known[thumbprint] : nil
        }
    }

    func remember(_ known: Known, for thumbprint: Thumbprint, generation: UInt64) {
        held.withLock { held in
            if held.generation != generation || held.known.count >= IdentityCache.capacity {
                // Never let an older reader replace what a newer one found.
                guard generation >= held.generation else { return }
                held.generation = generation
                held.known = [:]
            }
            held.known[thumbprint] = known
        }
    }
}
