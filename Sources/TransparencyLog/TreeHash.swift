import Cryptography

/// The hashes of RFC 6962 §2.1 over SHA-256. The prefix bytes keep a leaf from ever being taken for a node.
package enum TreeHash {
    /// The root of the empty tree: SHA-256 of nothing.
    package static let empty = Digest.sha256([])

    /// SHA-256(0x00 ‖ entry).
    package static func leaf(_ entry: [UInt8]) -> Digest {
        Digest.sha256(prefix: 0, entry.span)
    }

    package static func leaf(_ entry: Span<UInt8>) -> Digest {
        Digest.sha256(prefix: 0, entry)
    }

    /// SHA-256(0x01 ‖ left ‖ right).
    package static func node(_ left: Digest, _ right: Digest) -> Digest {
        Digest.sha256(prefix: 1, left, right)
    }

    /// The greatest power of two below `count`, where RFC 6962 splits a tree. `count` is 2 or more.
    static func split(_ count: UInt64) -> UInt64 {
        precondition(count > 1, "a tree of one leaf has no split")
        return 1 << UInt64(63 - (count - 1).leadingZeroBitCount)
    }
}
