import Storage
import Vocabulary

/// Why the ledger would not take an act now.
package enum LedgerHindrance: String, Hashable, Sendable, CaseIterable {
    /// A fault ended the sequencer: restart, which recovers from disk.
    case failed
    case stopped
    /// The clock stands too far behind the newest entry.
    case clock
    /// The reserve of free space is used up, or cannot be read.
    case disk
}

extension Sequencer {
    /// Nil where an act would be taken now. Asks the file system of `home` for its free space.
    package func hindrance(at now: Timestamp, home: BrokerHome) -> LedgerHindrance? {
        let (state, sequenced) = board.withLock { ($0.state, $0.sequenced) }
        switch state {
        case .failed: return .failed
        case .stopped: return .stopped
        case .running: break
        }
        guard limits.accepts(clock: now, after: sequenced) else { return .clock }
        do throws(StorageFault) {
            return try limits.isShortOfSpace(at: home) ? .disk : nil
        } catch {
            return .disk
        }
    }

    /// Acts that wait for the next transaction.
    package var waitingActs: Int { mailbox.count }
}

extension LedgerLimits {
    /// Whether acts may be sequenced at `now` after an entry of `sequenced`.
    package func accepts(clock now: Timestamp, after sequenced: Timestamp) -> Bool {
        now.advanced(seconds: Int64(clamping: maxClockStepBack.components.seconds)) >= sequenced
    }

    package func isShortOfSpace(at home: BrokerHome) throws(StorageFault) -> Bool {
        let free = try OpenFile.freeSpace(at: home.path)
        return free.share < minFreeShare && free.bytes < minFreeBytes
    }
}
