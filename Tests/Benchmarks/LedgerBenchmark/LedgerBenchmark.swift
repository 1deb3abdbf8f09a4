// How fast the sequencer records exchanges: for several numbers of callers that wait each for its own receipt, prints acts and commits a second, and
// CPU microseconds an act of the whole process and of the sequencer's thread. Each act is an EXCHANGE entry of about 400 bytes with two
// charges, an exchange id and an opening, and each caller renders its receipt.
//
//     swift run -c release ledger-benchmark FOLDER [SECONDS]
import AuditTrail
import Cryptography
import Foundation
import Ledger
import Redaction
import SQLiteStorage
import Storage
import TransparencyLog
import Vocabulary

@main
struct LedgerBenchmark {
    static func main() async throws {
        guard CommandLine.arguments.count >= 2 else {
            print("usage: ledger-benchmark FOLDER [SECONDS]")
            exit(2)
        }
        let home = BrokerHome(CommandLine.arguments[1] + "/ledger-benchmark-\(UUID().uuidString)")
        let seconds = CommandLine.arguments.count > 2 ? Double(CommandLine.arguments[2]) ?? 3 : 3
        let store = try SQLiteStore.create(home)
        defer { remove(home) }
        let identity = try LogIdentity(origin: "ledger.example/benchmark", seed: SecretBytes([UInt8](repeating: 7, count: 32)))
        try Sequencer.createLog(in: store, identity, at: now())
        let sequencer = try Sequencer.open(store, home, identity, heartbeat: nil) { now() }
        print("callers      acts/s   commits/s  acts/commit   CPU us/act   sequencer us/act   p50 ms   p99 ms")
        for callers in [1, 8, 32, 64, 256, 1_024] {
            try await measure(sequencer, callers: callers, seconds: seconds)
        }
        await sequencer.stop()
        try store.close()
    }

    static func measure(_ sequencer: Sequencer, callers: Int, seconds: Double) async throws {
        let before = (cpu: processMicroseconds(), thread: try sequencerMicroseconds())
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        let (latencies, commits) = try await withThrowingTaskGroup(of: ([Double], Set<UInt64>).self) { group in
            for caller in 0..<callers {
                group.addTask {
                    var latencies: [Double] = []
                    var sizes: Set<UInt64> = []
                    while ContinuousClock.now < end {
                        let began = ContinuousClock.now
                        let receipt = try await exchange(sequencer, client: UInt32(caller + 1))
                        precondition(!receipt.proof.bytes.isEmpty)
                        latencies.append(milliseconds(ContinuousClock.now - began))
                        sizes.insert(receipt.checkpointSize)
                    }
                    return (latencies, sizes)
                }
            }
            return try await group.reduce(into: ([Double](), Set<UInt64>())) { all, one in
                all.0 += one.0
                all.1.formUnion(one.1)
            }
        }
        let elapsed = milliseconds(ContinuousClock.now - start) / 1_000
        let acts = Double(latencies.count)
        let sorted = latencies.sorted()
        let row = [
            Double(callers), acts / elapsed, Double(commits.count) / elapsed, acts / Double(commits.count),
            (processMicroseconds() - before.cpu) / acts, (try sequencerMicroseconds() - before.thread) / acts,
            sorted[sorted.count / 2], sorted[sorted.count * 99 / 100],
        ]
        let widths = [7, 12, 12, 13, 13, 19, 9, 9]
        print(zip(row, widths).map { value, width in
            let text = value >= 100 || value == Double(callers) ? String(Int(value)) : String(format: "%.2f", value)
            return String(repeating: " ", count: max(1, width - text.count)) + text
        }.joined())
    }

    static func exchange(_ sequencer: Sequencer, client: UInt32) async throws -> Receipt {
        guard let exchange = ExchangeID(Randomness.system.bytes(16)), let agreement = AgreementID("ISA-2026-0001"),
            let purpose = PurposeCode("council-tax-reduction"), let basis = LegalBasisCode("WRA2012-s131"),
            let dataset = DatasetID("uc.awards")
        else { preconditionFailure("the names are well formed") }
        let arrived = now()
        let token = Digest.sha256(Array("token of client \(client)".utf8))
        var entry = ExchangeEntry(
            exchange: exchange, consumer: OrganisationNumber(2), provider: OrganisationNumber(1), client: PrincipalNumber(client),
            agreementEntry: LedgerIndex(1), termsDigest: token, epochs: Epochs(agreement: 1, organisation: 1, client: 1, broker: 1),
            operation: .query, purpose: purpose, legalBasis: basis, dataset: dataset, datasetRevision: 1, tokenDigest: token,
            certificate: Thumbprint(token), fieldsAsked: LeafSet(0..<20), fieldsReleased: LeafSet(0..<12), fieldsTransformed: LeafSet(12..<16),
            rowsRead: 1, rowsReleased: 1, rowsSuppressed: 0, requestCommitment: token, recordsRoot: token, subject: token)
        entry.bytesReleased = 300
        let draft = try DraftEntry(arrived: arrived, .exchange(entry))
        let meter = QuotaMeter.token(token, expiry: arrived.advanced(seconds: 300))
        let day = QuotaMeter.day(agreement, PrincipalNumber(client), arrived.utcDate)
        let charge = QuotaAmount(rows: 1, bytes: 300, calls: 1)
        let answer: ActAnswer<Void, Never> = try await sequencer.submit { transaction, moment throws(StorageFault) in
            _ = moment.epochs.epochs(agreement: agreement, organisation: OrganisationNumber(2), client: PrincipalNumber(client))
            _ = try transaction.charge(charge, to: day, within: .unbounded)
            _ = try transaction.charge(charge, to: meter, within: .unbounded)
            try transaction.record(exchange, part: 0, at: moment.first)
            try transaction.keep(
                StoredOpening(entry: moment.first, wrapped: [UInt8](repeating: 1, count: 48), until: moment.sequenced.advanced(seconds: 86_400)))
            return .record([draft], ())
        }
        switch answer { case .recorded(_, let receipts): return receipts[0] }
    }

    static func now() -> Timestamp {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }

    static func milliseconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) * 1_000 + Double(duration.components.attoseconds) / 1e15
    }

    static func processMicroseconds() -> Double {
        Double(clock()) * 1_000_000 / Double(CLOCKS_PER_SEC)
    }

    /// Time on a CPU of the thread that commits, as Linux counts it.
    static func sequencerMicroseconds() throws -> Double {
        let tasks = "/proc/self/task"
        for task in try FileManager.default.contentsOfDirectory(atPath: tasks) {
            // Threads of Foundation bear the program's name, those of the pool names of their own.
            let name = try String(contentsOfFile: "\(tasks)/\(task)/comm", encoding: .utf8)
            guard name.hasPrefix("ledger-ben"), task != String(ProcessInfo.processInfo.processIdentifier) else { continue }
            let statistics = try String(contentsOfFile: "\(tasks)/\(task)/schedstat", encoding: .utf8)
            return (Double(statistics.prefix { $0 != " " }) ?? 0) / 1_000
        }
        return 0
    }

    static func remove(_ home: BrokerHome) {
        do {
            try FileManager.default.removeItem(atPath: home.path)
        } catch {
            print("could not remove \(home.path): \(error)")
        }
    }
}
