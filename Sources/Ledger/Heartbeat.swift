import AuditTrail
import Cryptography
import Storage
import Vocabulary

/// What the HEARTBEAT entries of one run of the broker say.
package struct Heartbeat: Sendable {
    /// 16 random bytes that name the run.
    package let run: [UInt8]
    package let version: String
    package let settingsDigest: Digest?

    /// - Precondition: `run` has 16 bytes, `version` at most 256.
    package init(run: [UInt8], version: String, settingsDigest: Digest?) {
        precondition(run.count == 16 && version.utf8.count <= EntryLimits.maxNameBytes, "a run of 16 bytes and a short version")
        self.run = run
        self.version = version
        self.settingsDigest = settingsDigest
    }

    /// The act that writes one, with the housekeeping of the store in its transaction.
    func act(_ mark: HeartbeatEntry.Act, at now: Timestamp, forgetting limit: Int) -> PendingAct {
        let start = mark == .start
        let entry = HeartbeatEntry(act: mark, run: run, version: start ? version : "", settingsDigest: start ? settingsDigest : nil)
        return PendingAct { transaction, moment throws(StorageFault) -> ActOutcome<Void, Never> in
            // An expiry counts at a call's arrival, and a stream may record that much later: its token's meter and denial are still needed.
            _ = try transaction.forget(before: moment.sequenced.advanced(seconds: -EntryLimits.maxUseAfterExpirySeconds), limit: limit)
            do throws(EntryFault) {
                return .record([try DraftEntry(arrived: max(now, Timestamp(microseconds: 0)), .heartbeat(entry))], ())
            } catch {
                preconditionFailure("a heartbeat is a well-formed entry: \(error)")
            }
        } answer: { _ in
            // Nobody waits for a heartbeat: a fault that ends the sequencer is told to all, and a suspended one comes back next time.
        }
    }
}
