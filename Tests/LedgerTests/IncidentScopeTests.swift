import AuditTrail
import Cryptography
import Foundation
import GRDB
import Redaction
import SQLiteStorage
import Storage
import Testing
import Vocabulary

@testable import Ledger

/// What an incident touches is counted from entries that are what the log's hashes stand for; where they are not, that is said.
@Suite struct IncidentScopeTests {
    private static let size = 700
    private static let client = PrincipalNumber(9)
    private let log: TestLog

    /// A HEARTBEAT, an AGREEMENT and then EXCHANGES, each of one record, ten of them a second.
    init() async throws {
        log = try TestLog()
        let store = try log.create()
        let sequencer = try log.start(store)
        let digest = Digest.sha256([1])
        let force = AgreementEntry(
            agreement: AgreementID("ISA-2026-0001")!, version: .first, transition: "activate", actor: PrincipalNumber(0),
            organisation: OrganisationNumber(0), role: "", reason: "SIGNED", termsDigest: digest, state: "active", epoch: 1)
        var drafts = [try draft(0), try DraftEntry(arrived: log.clock.now, .agreement(force))]
        for number in 2..<Self.size {
            drafts.append(try DraftEntry(arrived: log.clock.now, .exchange(Self.exchange(number))))
            guard drafts.count == 10 || number == Self.size - 1 else { continue }
            let some = drafts
            let _: ActAnswer<Void, Never> = try await sequencer.submit { _, _ in .record(some, ()) }
            log.clock.advance(seconds: 1)
            drafts = []
        }
        await sequencer.stop()
        try store.close()
    }

    private static func exchange(_ number: Int, rows: UInt32 = 1, bytes: UInt64 = 300) -> ExchangeEntry {
        let digest = Digest.sha256([UInt8(number & 255), UInt8(number >> 8)])
        var entry = ExchangeEntry(
            exchange: ExchangeID(Array(digest.bytes.prefix(16)))!, consumer: OrganisationNumber(2), provider: OrganisationNumber(1), client: client,
            agreementEntry: LedgerIndex(1), termsDigest: digest, epochs: Epochs(agreement: 1, organisation: 1, client: 1, broker: 1),
            operation: .query, purpose: PurposeCode("council-tax-reduction")!, legalBasis: LegalBasisCode("WRA2012-s131")!,
            dataset: DatasetID("uc.awards")!, datasetRevision: 1, tokenDigest: digest, certificate: Thumbprint(digest), fieldsAsked: LeafSet([0, 1]),
            fieldsReleased: LeafSet([0]), fieldsTransformed: LeafSet([1]), rowsRead: rows, rowsReleased: rows, rowsSuppressed: 0,
            requestCommitment: digest, recordsRoot: digest, subject: digest)
        entry.bytesReleased = bytes
        return entry
    }

    private func entry(_ index: Int) throws -> LedgerEntry {
        let snapshot = try SQLiteSnapshot(log.home)
        return try LedgerEntry(canonical: try #require(try snapshot.read { store throws(StorageFault) in try store.entry(LedgerIndex(UInt64(index))) }))
    }

    /// Puts another well-formed entry in the place of one.
    private func replace(_ index: Int, with body: EntryBody, sequenced: Timestamp? = nil) throws {
        let old = try entry(index)
        let bytes = LedgerEntry(arrived: old.arrived, sequenced: sequenced ?? old.sequenced, body: body).canonicalBytes
        let queue = try DatabaseQueue(path: log.home.database)
        try queue.write { try $0.execute(sql: "UPDATE entry SET body = ? WHERE idx = ?", arguments: [Data(bytes), index]) }
        try queue.close()
    }

    private func scope(from: Timestamp? = nil, tilesAtOnce: Int = 8) throws -> IncidentScope {
        let snapshot = try SQLiteSnapshot(log.home)
        let head = try #require(try snapshot.read { store throws(StorageFault) in try store.head() })
        var limits = IncidentScope.Limits()
        limits.tilesAtOnce = tilesAtOnce
        let question = IncidentQuestion(client: Self.client, from: from)
        return try IncidentScope(question, evidence: nil, head: head, limits: limits) { first, count throws(StorageFault) in
            try snapshot.read { store throws(StorageFault) in try store.evidence(from: first, count: count) }
        } tile: { place throws(StorageFault) in
            try snapshot.read { store throws(StorageFault) in try store.tile(place) }
        }
    }

    private func records(_ scope: IncidentScope) -> UInt64 { scope.lines.values.reduce(0) { $0 + $1.recordsReleased } }

    private static func altered(_ index: Int) -> LedgerFault {
        .inconsistent("entry \(index) is not the one that the ledger's hashes stand for")
    }

    /// What a piece holds, and where in a tile the window begins, does not matter.
    @Test(arguments: [1, 2, 8]) func aWindowThatBeginsAnywhereIsCountedFromThere(tilesAtOnce: Int) throws {
        for first in [2, 10, 250, 260, 510, 520, 690] {
            let scope = try scope(from: try entry(first).sequenced, tilesAtOnce: tilesAtOnce)
            #expect(scope.fault == nil)
            #expect(records(scope) == UInt64(Self.size - max(2, first / 10 * 10)) && scope.looked == UInt64(Self.size - first / 10 * 10))
            #expect(scope.lines.values.first?.first.index == LedgerIndex(UInt64(max(2, first / 10 * 10))))
        }
        let after = try scope(from: log.clock.now, tilesAtOnce: tilesAtOnce)
        #expect(after.fault == nil && after.lines.isEmpty && after.looked == 0)
    }

    /// In tiles that are full, at their ends, and in the one that is not.
    @Test(arguments: [2, 255, 256, 300, 511]) func anEntryThatWasAlteredIsCountedAsItIsAndTold(index: Int) throws {
        try replace(index, with: .exchange(Self.exchange(index, rows: 3)))
        for pieces in [1, 8] {
            let scope = try scope(tilesAtOnce: pieces)
            #expect(scope.fault == Self.altered(index))
            #expect(records(scope) == UInt64(Self.size - 2 + 2))
        }
    }

    @Test func anAlteredEntryOfTheLastTileIsTold() throws {
        try replace(650, with: .exchange(Self.exchange(650, rows: 3)))
        #expect(try scope().fault == .inconsistent("the last tiles and entries do not give the root at size 700"))
    }

    /// The agreement of a line is read wherever it stands.
    @Test func anAlteredAgreementBeforeTheWindowIsTold() throws {
        guard case .agreement(var body) = try entry(1).body else { preconditionFailure("it is an AGREEMENT") }
        body.agreement = AgreementID("ISA-2026-0002")!
        try replace(1, with: .agreement(body))
        let scope = try scope(from: try entry(600).sequenced)
        #expect(scope.lines.keys.map(\.agreement) == [AgreementID("ISA-2026-0002")!])
        #expect(scope.fault == Self.altered(1))
    }

    /// Where the window begins is found by times of entries, of which one in the middle is looked at first.
    @Test func anAlteredTimeThatMovesTheWindowIsTold() throws {
        let from = try entry(300).sequenced
        try replace(350, with: try entry(350).body, sequenced: from.advanced(seconds: -3_600))
        let scope = try scope(from: from)
        #expect(scope.looked < 400)
        #expect(scope.fault == Self.altered(350))
    }

    /// Sums that no broker can have come to.
    @Test func aSumThatOverflowsIsADamagedEntry() throws {
        try replace(300, with: .exchange(Self.exchange(300, bytes: .max)))
        #expect(throws: StorageFault.corrupt("entry 300 of the ledger")) { try scope() }
    }

    @Test func anEntryThatCannotBeReadIsNamed() throws {
        let queue = try DatabaseQueue(path: log.home.database)
        try queue.write { try $0.execute(sql: "UPDATE entry SET body = x'00' WHERE idx = 300") }
        try queue.close()
        #expect(throws: StorageFault.corrupt("entry 300 of the ledger")) { try scope() }
    }
}
