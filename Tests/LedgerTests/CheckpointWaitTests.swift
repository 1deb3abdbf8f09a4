import Ledger
import Storage
import Testing

/// An offline reader waits for the checkpoint of what it found, and no longer than the limit.
struct CheckpointWaitTests {
    private func wait(_ looks: [(entries: UInt64, signed: UInt64)]) throws -> (uncovered: UInt64, slept: Duration) {
        var slept = Duration.zero
        var looked = 0
        let uncovered = try CheckpointWait.untilCovered(sleep: { slept += $0 }) { () throws(StorageFault) in
            defer { looked += 1 }
            let look = looks[min(looked, looks.count - 1)]
            return CheckpointWait.Look(entries: look.entries, signed: look.signed)
        }
        return (uncovered, slept)
    }

    @Test func aCoveredLogIsReadAtOnce() throws {
        #expect(try wait([(7, 7)]) == (0, .zero))
    }

    @Test func theCheckpointIsWaitedFor() throws {
        #expect(try wait([(7, 5), (7, 5), (7, 7)]) == (0, .milliseconds(20)))
    }

    @Test func aBusyLogIsWaitedForUpToWhatTheFirstLookFound() throws {
        #expect(try wait([(7, 5), (9, 7)]) == (0, .milliseconds(10)))
    }

    @Test func aLogThatNobodySignsIsGivenUpAfterTheLimit() throws {
        #expect(try wait([(7, 5)]) == (2, LedgerLimits().maxCheckpointWait))
    }
}
