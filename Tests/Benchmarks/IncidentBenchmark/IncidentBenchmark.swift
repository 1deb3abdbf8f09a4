// How long the scope of an incident takes over a log of many exchanges, all of which it is about, each of one person out of as many as half the
// entries; beside a scan of the same rows by SQLite that only adds up their lengths. Every entry is compared with the hash tiles.
//
//     swift run -c release incident-benchmark FOLDER [ENTRIES]
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
struct IncidentBenchmark {
    static func main() throws {
        guard CommandLine.arguments.count >= 2 else {
            print("usage: incident-benchmark FOLDER [ENTRIES]")
            exit(2)
        }
        let entries = CommandLine.arguments.count > 2 ? UInt64(CommandLine.arguments[2]) ?? 1_000_000 : 1_000_000
        let home = BrokerHome(CommandLine.arguments[1] + "/incident-benchmark-\(UUID().uuidString)")
        let store = try SQLiteStore.create(home)
        defer { remove(home) }
        let evidence = try EvidenceKeys(openings: SecretBytes([UInt8](repeating: 7, count: 64)))
        let head = try fill(store, evidence, entries: entries)
        let snapshot = try SQLiteSnapshot(home)
        for round in 1...3 {
            let plain = try timed { () throws(StorageFault) in try scan(snapshot, entries: entries) }
            var people = 0, exchanges: UInt64 = 0
            let scoped = try timed { () throws(StorageFault) in
                let scope = try IncidentScope(IncidentQuestion(client: PrincipalNumber(1)), evidence: evidence, head: head) { first, count throws(StorageFault) in
                    try snapshot.read { store throws(StorageFault) in try store.evidence(from: first, count: count) }
                } tile: { place throws(StorageFault) in
                    try snapshot.read { store throws(StorageFault) in try store.tile(place) }
                }
                guard scope.fault == nil else { throw .corrupt("the log of the benchmark") }
                people = scope.peopleCount
                exchanges = scope.lines.values.reduce(0) { $0 + $1.exchanges }
            }
            print(
                "round \(round): \(exchanges) exchanges, \(people) people: \(seconds(scoped)) s; the rows alone \(seconds(plain)) s; ratio",
                String(format: "%.1f", scoped / plain))
        }
        try store.close()
    }

    /// An AGREEMENT entry, twice, and then EXCHANGE entries, with what opens them and the hash tiles, as the broker would write them.
    static func fill(_ store: SQLiteStore, _ evidence: EvidenceKeys, entries: UInt64) throws -> LedgerHead {
        let root = Digest.sha256([1])
        let start = Timestamp(microseconds: 1_760_000_000_000_000)
        guard let agreement = AgreementID("ISA-2026-0001"), let version = AgreementVersion(1) else { preconditionFailure("the names are well formed") }
        let force = AgreementEntry(
            agreement: agreement, version: version, transition: "activate", actor: PrincipalNumber(0), organisation: OrganisationNumber(0), role: "",
            reason: "SIGNED", termsDigest: root, state: "active", epoch: 1)
        let empty = LedgerHead(size: 0, root: TreeHash.empty, sequenced: start)
        // No EXCHANGE points at entry 0.
        let entry = LedgerEntry(arrived: start, sequenced: start, body: .agreement(force)).canonicalBytes
        try store.transaction { store throws(StorageFault) in
            try store.createLog(origin: "ledger.example/benchmark", head: empty)
            try store.append([entry, entry], from: LedgerIndex(0))
        }
        var edge = RightEdge()
        var tiles: [(TileCoordinate, [Digest])] = []
        for _ in 0..<2 { edge.append(TreeHash.leaf(entry)) { tiles.append(($0, $1)) } }
        var next: UInt64 = 2
        while next < entries + 2 {
            let end = min(entries + 1, next + 9_999)
            try store.transaction { store throws(StorageFault) in
                for index in next...end {
                    let (entry, opening) = exchange(index, of: entries, evidence, start.advanced(microseconds: Int64(index)))
                    edge.append(TreeHash.leaf(entry)) { tiles.append(($0, $1)) }
                    try store.append([entry], from: LedgerIndex(index))
                    try store.keep(StoredOpening(entry: LedgerIndex(index), wrapped: opening, until: start))
                }
            }
            next = end + 1
        }
        let head = LedgerHead(size: edge.size, root: edge.root, sequenced: start.advanced(microseconds: Int64(next)))
        tiles += edge.partialTiles.filter { $0.0.level > 0 }
        try store.transaction { store throws(StorageFault) in
            for (tile, hashes) in tiles {
                try store.put(HashTile.encode(hashes), at: TilePlace(level: UInt8(tile.level), index: tile.index))
            }
            try store.moveHead(from: empty, to: head)
        }
        return head
    }

    static func exchange(_ index: UInt64, of entries: UInt64, _ evidence: EvidenceKeys, _ moment: Timestamp) -> ([UInt8], [UInt8]) {
        var id = [UInt8](repeating: 0, count: 16)
        withUnsafeBytes(of: index.bigEndian) { id.replaceSubrange(8..., with: $0) }
        let digest = Digest.sha256(id)
        guard let exchange = ExchangeID(id), let purpose = PurposeCode("council-tax-reduction"), let basis = LegalBasisCode("WRA2012-s131"),
            let dataset = DatasetID("uc.awards")
        else { preconditionFailure("the names are well formed") }
        var entry = ExchangeEntry(
            exchange: exchange, consumer: OrganisationNumber(2), provider: OrganisationNumber(1), client: PrincipalNumber(1),
            agreementEntry: LedgerIndex(1), termsDigest: digest, epochs: Epochs(agreement: 1, organisation: 1, client: 1, broker: 1),
            operation: .query, purpose: purpose, legalBasis: basis, dataset: dataset, datasetRevision: 1, tokenDigest: digest,
            certificate: Thumbprint(Digest.sha256([2])), fieldsAsked: LeafSet(0..<20), fieldsReleased: LeafSet(0..<12),
            fieldsTransformed: LeafSet(12..<16), rowsRead: 1, rowsReleased: 1, rowsSuppressed: 0, requestCommitment: digest, recordsRoot: digest,
            subject: digest)
        entry.bytesReleased = 300
        var key = [UInt8](repeating: 0, count: 32)
        withUnsafeBytes(of: (index % max(1, entries / 2)).bigEndian) { key.replaceSubrange(..<8, with: $0) }
        let person = TaggedSubject(subjectKey: key, number: 1)
        let opening = EvidenceKeys.Opening(saltKey: digest.bytes, subjects: [person])
        do {
            return (
                LedgerEntry(arrived: moment, sequenced: moment, body: .exchange(entry)).canonicalBytes,
                try evidence.wrap(opening, exchange: exchange, part: 0)
            )
        } catch {
            preconditionFailure("the key fits")
        }
    }

    /// Reads every row in pieces as large, and looks into none.
    static func scan(_ snapshot: SQLiteSnapshot, entries: UInt64) throws(StorageFault) {
        var next: UInt64 = 0
        while next < entries + 2 {
            let rows = try snapshot.read { store throws(StorageFault) in try store.evidence(from: LedgerIndex(next), count: 16_384) }
            next += UInt64(rows.count)
        }
    }

    static func timed(_ body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try body()
        let time = ContinuousClock.now - start
        return Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
    }

    static func seconds(_ value: Double) -> String { String(format: "%.2f", value) }

    static func remove(_ home: BrokerHome) {
        do {
            try FileManager.default.removeItem(atPath: home.path)
        } catch {
            print("could not remove \(home.path): \(error)")
        }
    }
}
