import Cryptography
import Vocabulary

/// The newest state of the log in the store.
package struct LedgerHead: Hashable, Sendable {
    /// How many entries the log has.
    package var size: UInt64
    /// The RFC 6962 root at that size.
    package var root: Digest
    /// Sequencing time of the newest entry, which no later entry may precede.
    package var sequenced: Timestamp

    package init(size: UInt64, root: Digest, sequenced: Timestamp) {
        self.size = size
        self.root = root
        self.sequenced = sequenced
    }
}

/// A hash tile's place: level 0 to 7 is in use, 256 hashes to a full tile (C2SP tlog-tiles).
package struct TilePlace: Hashable, Sendable {
    package var level: UInt8
    package var index: UInt64

    package init(level: UInt8, index: UInt64) {
        self.level = level
        self.index = index
    }
}

/// What entries can be found by, besides their index.
package enum LedgerTopic: Hashable, Sendable {
    case agreement(AgreementID)
    /// Every DENIAL.
    case denials
    case denialsOf(PrincipalNumber)
}
