/// A checkpoint whose note passed ``LogTrust/verify(_:)``; outside this module there is no other way to get one.
package struct VerifiedCheckpoint: Hashable, Sendable {
    package let checkpoint: Checkpoint
    /// The note as it was read, byte for byte.
    package let note: [UInt8]
    package let cosignatures: [VerifiedCosignature]

    init(checkpoint: Checkpoint, note: [UInt8], cosignatures: [VerifiedCosignature]) {
        self.checkpoint = checkpoint
        self.note = note
        self.cosignatures = cosignatures
    }

    /// Refuses a checkpoint whose newest cosignature is older than `maxAge` or further ahead than `maxAhead`, all in
    /// seconds since 1970. Without witnesses nothing dates a checkpoint, so that is refused too.
    package func requireFresh(now: UInt64, maxAge: UInt64, maxAhead: UInt64) throws(TransparencyFault) {
        let newest = cosignatures.map(\.time).max() ?? 0
        let isTooOld = newest < now && now - newest > maxAge
        let isAhead = newest > now && newest - now > maxAhead
        guard newest > 0, !isTooOld, !isAhead else { throw .stale(newest: newest) }
    }
}
