// A small writer for the kill test: makes or opens the home that it is given and submits acts from several tasks for ever. Each act leaves a
// ledger entry, a charge, an exchange id and an opening, in one transaction. An acknowledged act is printed as
// `index leaf-hash checkpoint-size checkpoint-root`, one line in one write, after `submit` has returned.
import AuditTrail
import Cryptography
import Foundation
import Ledger
import SQLiteStorage
import Storage
import TransparencyLog
import Vocabulary

@main
struct LedgerWriterFixture {
    static func main() async throws {
        let home = BrokerHome(CommandLine.arguments[1])
        let isNew = !FileManager.default.fileExists(atPath: home.database)
        let store = isNew ? try SQLiteStore.create(home) : try SQLiteStore.open(home)
        let identity = try LogIdentity(origin: "ledger.example/fixture", seed: SecretBytes([UInt8](repeating: 7, count: 32)))
        if try store.transaction({ transaction throws(StorageFault) in try transaction.head() == nil }) {
            try Sequencer.createLog(in: store, identity, at: now())
        }
        let heartbeat = Heartbeat(run: Randomness.system.bytes(16), version: "fixture", settingsDigest: nil)
        var limits = LedgerLimits()
        limits.minFreeBytes = 0
        let sequencer = try Sequencer.open(store, home, identity, heartbeat: heartbeat, limits: limits) { now() }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { while let receipt = await act(sequencer) { acknowledge(receipt) } }
            }
        }
    }

    static func now() -> Timestamp {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }

    static func act(_ sequencer: Sequencer) async -> Receipt? {
        do {
            guard let exchange = ExchangeID(Randomness.system.bytes(16)), let agreement = AgreementID("ISA-2026-0001"),
                let day = CalendarDate("2026-11-23")
            else { return nil }
            let draft = try DraftEntry(arrived: now(), .heartbeat(HeartbeatEntry(act: .alive, run: exchange.bytes)))
            let answer: ActAnswer<Void, Never> = try await sequencer.submit { transaction, moment throws(StorageFault) in
                _ = try transaction.charge(
                    QuotaAmount(rows: 1, bytes: 1, calls: 1), to: .day(agreement, PrincipalNumber(1), day), within: .unbounded)
                try transaction.record(exchange, part: 0, at: moment.first)
                try transaction.keep(
                    StoredOpening(entry: moment.first, wrapped: exchange.bytes, until: moment.sequenced.advanced(seconds: 86_400)))
                return .record([draft], ())
            }
            switch answer { case .recorded(_, let receipts): return receipts[0] }
        } catch {
            FileHandle.standardError.write(Data("fixture: \(error)\n".utf8))
            return nil
        }
    }

    static func acknowledge(_ receipt: Receipt) {
        let line = "\(receipt.index) \(TreeHash.leaf(receipt.entry).hex) \(receipt.checkpointSize) \(receipt.checkpointRoot.hex)\n"
        FileHandle.standardOutput.write(Data(line.utf8))
    }
}
