import Cryptography
import TransparencyLog
import Vocabulary

/// Proof that one entry is in the log, good for ever and without trust in the broker.
package struct Receipt: Sendable {
    package let index: LedgerIndex
    /// The entry's canonical bytes.
    package let entry: [UInt8]
    private let batch: CommittedBatch

    init(index: LedgerIndex, entry: [UInt8], batch: CommittedBatch) {
        self.index = index
        self.entry = entry
        self.batch = batch
    }

    /// The receipt in C2SP's tlog-proof format. Computed where it is asked for, so that the sequencer's thread does not.
    package var proof: TLogProof {
        TLogProof(index: index.value, path: batch.growth.inclusionPath(of: index.value), checkpointNote: batch.checkpointNote)
    }

    /// The signed checkpoint that covers the entry.
    package var checkpointNote: [UInt8] { batch.checkpointNote }
    /// Size and root of that checkpoint.
    package var checkpointSize: UInt64 { batch.growth.newSize }
    package var checkpointRoot: Digest { batch.growth.newRoot }
}

/// What all receipts of one transaction share. Immutable.
final class CommittedBatch: Sendable {
    let growth: Growth
    let checkpointNote: [UInt8]

    init(_ growth: Growth, checkpointNote: [UInt8]) {
        self.growth = growth
        self.checkpointNote = checkpointNote
    }
}
