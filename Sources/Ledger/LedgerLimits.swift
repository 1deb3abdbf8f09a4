/// Bounds on the sequencer.
package struct LedgerLimits: Sendable {
    /// Most acts that may wait. A sender beyond that gets `.overloaded`.
    package var maxWaitingActs = 4_096
    /// Most acts in one transaction.
    package var maxBatchActs = 1_024
    /// Most entries of one act.
    package var maxEntriesPerAct = 256
    /// A HEARTBEAT at least this often while the broker runs; a minute is what auditors accept.
    package var heartbeatInterval = Duration.seconds(50)
    /// How long after the last act the newest checkpoint is written down, where no later act has done so.
    package var checkpointDelay = Duration.milliseconds(50)
    /// How long an offline reader waits for the checkpoint that covers what it found, and how often it looks.
    package var maxCheckpointWait = Duration.seconds(2)
    package var checkpointPoll = Duration.milliseconds(10)
    /// How far the clock may stand behind the newest entry before acts are refused. Below that, time stands still.
    package var maxClockStepBack = Duration.seconds(60)
    /// Rows that housekeeping may delete at each heartbeat.
    package var maxForgottenRows = 10_000
    /// Acts are refused while both are undercut: the free share of the file system, and its free bytes.
    package var minFreeShare = 0.10
    package var minFreeBytes: UInt64 = 2 << 30

    package init() {}
}
