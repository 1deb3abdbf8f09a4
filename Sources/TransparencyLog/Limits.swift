/// The bounds of what this module reads. All are checked before memory is taken.
package enum Limits {
    /// 63 bits, so that a size fits every signed integer column and no sum overflows.
    package static let maxTreeSize: UInt64 = 1 << 63 - 1
    /// Hashes in one tile; also entries in one bundle.
    package static let tileWidth = 256
    /// The length prefix has 16 bits.
    package static let maxEntryBytes = 65_535
    package static let maxBundleBytes = tileWidth * (maxEntryBytes + 2)
    package static let maxNoteBytes = 524_288
    package static let maxNoteSignatures = 100
    package static let maxKeyNameBytes = 255
    /// An inclusion path in a tree of at most 2^63 leaves.
    package static let maxPathHashes = 63
    package static let maxExtraBytes = 65_536
    package static let maxPolicyBytes = 65_536
    package static let maxPolicyLines = 512
}
