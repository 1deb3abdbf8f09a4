import AuditTrail
import Cryptography
import Foundation
import Ledger
import SQLiteStorage
import Storage
import Testing
import TransparencyLog
import Vocabulary

/// Kills a writer at a random moment, again and again over the same home, and audits the log wholly after each kill.
@Suite struct KilledWriterTests {
    private struct Acknowledgement {
        let index: UInt64
        let leaf: Digest
        let checkpoint: Checkpoint
    }

    private let home = BrokerHome(FileManager.default.temporaryDirectory.appendingPathComponent("concordat-kill-\(UUID().uuidString)").path)
    private let identity: LogIdentity

    init() throws {
        identity = try LogIdentity(origin: "ledger.example/fixture", seed: SecretBytes([UInt8](repeating: 7, count: 32)))
    }

    @Test func everyAcknowledgedActSurvivesTwentyKills() async throws {
        defer { try? FileManager.default.removeItem(atPath: home.path) }
        var random = SystemRandomNumberGenerator()
        var acknowledged: [Acknowledgement] = []
        for round in 1...20 {
            let killAfter = Double.random(in: 0.02...0.25, using: &random)
            acknowledged += try runAndKill(after: killAfter)
            try await audit(acknowledged, round: round, killAfter: killAfter)
        }
        // A test that never acknowledged anything would prove nothing.
        #expect(acknowledged.count > 500)
    }

    private func runAndKill(after seconds: Double) throws -> [Acknowledgement] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("ledger-writer-fixture")
        process.arguments = [home.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        Thread.sleep(forTimeInterval: seconds)
        kill(process.processIdentifier, SIGKILL)
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).dropLast().compactMap(parse)
    }

    private func parse(_ line: Substring) -> Acknowledgement? {
        let parts = line.split(separator: " ")
        guard parts.count == 4, let index = UInt64(parts[0]), let leaf = Digest(hex: String(parts[1])), let size = UInt64(parts[2]),
            let root = Digest(hex: String(parts[3]))
        else {
            Issue.record("an acknowledgement that cannot be read")
            return nil
        }
        return Acknowledgement(index: index, leaf: leaf, checkpoint: Checkpoint(origin: identity.origin, size: size, root: root))
    }

    /// Opens the home as a broker would after the crash, which recovers and signs, and verifies everything.
    private func audit(_ acknowledged: [Acknowledgement], round: Int, killAfter: Double) async throws {
        let comment = Comment(rawValue: "round \(round), killed after \(killAfter) s")
        guard FileManager.default.fileExists(atPath: home.database) else {
            #expect(acknowledged.isEmpty, comment)
            return
        }
        let store = try SQLiteStore.open(home)
        let state = try store.transaction { transaction throws(StorageFault) -> (LedgerHead?, UInt64) in
            guard let agreement = AgreementID("ISA-2026-0001"), let day = CalendarDate("2026-11-23") else { return (nil, 0) }
            return (try transaction.head(), try transaction.used(.day(agreement, PrincipalNumber(1), day)).calls)
        }
        guard let head = state.0 else {
            #expect(acknowledged.isEmpty, comment)
            try store.close()
            return
        }
        var limits = LedgerLimits()
        limits.minFreeBytes = 0
        let sequencer = try Sequencer.open(store, home, identity, heartbeat: nil, limits: limits) { [time = head.sequenced] in time }
        let checkpoint = sequencer.checkpoint
        #expect(checkpoint.size == head.size, comment)
        await sequencer.stop()
        let calls = try verify(store, checkpoint, acknowledged, comment)
        // The counters and the log are one transaction: neither is ahead of the other.
        #expect(calls == state.1, comment)
        try store.close()
    }

    /// Answers how many acts of the fixture are in the log.
    private func verify(
        _ store: SQLiteStore, _ checkpoint: (size: UInt64, note: [UInt8]), _ acknowledged: [Acknowledgement], _ comment: Comment
    ) throws -> UInt64 {
        let outcome = try store.transaction { transaction throws(StorageFault) -> Result<(leaves: [Digest], acts: UInt64), any Error> in
            let resources = LogResources(transaction, checkpoint: checkpoint)
            var leaves: [Digest] = []
            var acts: UInt64 = 0
            return Result {
                let verifier = LogVerifier(try identity.trust.verify(checkpoint.note)) { path in
                    try LogPath(path).flatMap { try resources.bytes(at: $0) }
                }
                _ = try verifier.verify(remembered: newest(acknowledged)) { index, bytes in
                    leaves.append(TreeHash.leaf(bytes))
                    guard let entry = try? LedgerEntry(canonical: bytes), case .heartbeat(let mark) = entry.body else { return false }
                    if let exchange = ExchangeID(mark.run), let at = try? transaction.entry(of: exchange, part: 0) {
                        acts += 1
                        let opening = try? transaction.opening(LedgerIndex(index))
                        return at == LedgerIndex(index) && opening?.wrapped == mark.run
                    }
                    // A mark of the run itself, which has no opening.
                    return mark.act == .start
                }
                return (leaves, acts)
            }
        }
        let (leaves, acts) = try outcome.get()
        for acknowledgement in acknowledged {
            guard acknowledgement.index < leaves.count else {
                Issue.record("entry \(acknowledgement.index) was acknowledged and is lost")
                continue
            }
            #expect(leaves[Int(acknowledgement.index)] == acknowledgement.leaf, comment)
        }
        return acts
    }

    /// The checkpoints of the last receipts: the log must continue each of them. Older ones were checked in earlier rounds.
    private func newest(_ acknowledged: [Acknowledgement]) -> [Checkpoint] {
        Array(Set(acknowledged.suffix(200).map(\.checkpoint)).sorted { $0.size < $1.size }.suffix(50))
    }
}
