import Vocabulary

/// The runs of the broker, by its heartbeats.
struct ReplayedRuns: Sendable {
    private var run: [UInt8]?
    private var last = Timestamp(microseconds: 0)

    /// Whether the broker runs: nothing leaves before its first start, or between a stop and the next start.
    var isRunning: Bool { run != nil }

    /// A finding of silence, where there was one.
    mutating func apply(_ entry: HeartbeatEntry, at moment: Timestamp) throws(Breach) -> String? {
        switch entry.act {
        case .start:
            try require(entry.run != run, .heartbeat, "the same run starts twice")
            run = entry.run
            last = moment
            return nil
        case .alive, .stop:
            try require(entry.run == run, .heartbeat, "a sign of life of a run that has not started, or has stopped")
            let silence = moment.seconds - last.seconds
            last = moment
            if entry.act == .stop { run = nil }
            return silence > ReplayLimits.maxSilence ? "the broker ran for \(silence) s without a sign of life" : nil
        }
    }
}
