import Cryptography

/// A person's key for subject tags, found by a keyed digest of the canonical identifier. Erasing the row makes every tag of that person
/// meaningless for ever.
package struct SubjectHandle: Hashable, Sendable {
    /// HMAC(store key, canonical identifier).
    package var finder: Digest
    /// The subject key, wrapped under the key in `keys/openings`.
    package var wrappedKey: [UInt8]
    /// How many tags were given out: the newest tag has this number, the first has 1.
    package var counter: UInt64

    package init(finder: Digest, wrappedKey: [UInt8], counter: UInt64) {
        self.finder = finder
        self.wrappedKey = wrappedKey
        self.counter = counter
    }
}
