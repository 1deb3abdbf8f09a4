import Storage

/// How an offline reader sees what a running broker has just answered: entries are on disk with their act, the checkpoint that covers them
/// follows within ``LedgerLimits/checkpointDelay``, or with the next act.
package enum CheckpointWait {
    /// Waits until the stored checkpoint covers every entry that the log had at the first look, for ``LedgerLimits/maxCheckpointWait`` at most.
    /// - Parameters:
    ///   - sleep: waits that long.
    ///   - look: one look at the store.
    /// - Returns: how many of those entries no stored checkpoint covers: 0, or more where no broker runs that would sign for them.
    package static func untilCovered(
        limits: LedgerLimits = LedgerLimits(), sleep: (Duration) -> Void, look: () throws(StorageFault) -> Look
    ) throws(StorageFault) -> UInt64 {
        let first = try look()
        var signed = first.signed
        var waited = Duration.zero
        while signed < first.entries, waited < limits.maxCheckpointWait {
            sleep(limits.checkpointPoll)
            waited += limits.checkpointPoll
            signed = try look().signed
        }
        return first.entries - min(signed, first.entries)
    }

    /// Sizes of the log and of its newest stored checkpoint.
    package struct Look: Hashable, Sendable {
        package let entries: UInt64
        package let signed: UInt64

        package init(entries: UInt64, signed: UInt64) {
            self.entries = entries
            self.signed = signed
        }

        package init(_ reading: any StorageReading) throws(StorageFault) {
            self.init(entries: try reading.head()?.size ?? 0, signed: try reading.checkpoint()?.size ?? 0)
        }
    }
}
