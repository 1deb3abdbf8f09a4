import Cryptography
import ProtobufWire
import Redaction
import Testing
import Vocabulary

@testable import DataSources

/// Steps 6 and 7 of an exchange.
@Suite struct EdgeTests {
    private let source: PeopleSource

    init() throws { source = try PeopleSource() }

    private func terms(_ paths: [String], area: String?, field: String = "area", key: UInt8 = 5) throws -> EdgeTerms {
        var filter: RowFilter?
        if let area { filter = .test(try #require(FieldPath(field)), anyOf: [area]) }
        return try source.terms(paths, filter: filter, key: key)
    }

    private func request(_ file: String, key: String? = nil, after: UInt64 = 0, limit: Int = 100) throws -> EdgeRequest {
        let conditions = try key.map { [try SourceCondition(field: "nino", equals: $0, in: source.layout)] } ?? []
        return EdgeRequest(
            file: file, layout: source.layout, rows: 200, conditions: conditions, after: after, limit: limit, canonicalRequest: [1], canonicalCase: [2])
    }

    private func edge() -> Edge { Edge(session: SourceSession(folder: source.folder)) }

    @Test func onlyListedFieldsLeave() async throws {
        let file = try await publish([People.record(1)], layout: source.layout, in: source.folder).file
        let release = try edge().release(request(file, key: People.nino(1)), under: terms(["area", "count"], area: "E08000035"))
        #expect(release.records.map(\.bytes) == [[0x12, 9] + Array("E08000035".utf8) + [0x50, 0x09]])
        #expect(release.counts.read == 1 && release.counts.released == 1 && release.next == nil)
        #expect(release.commitments == release.records.map(\.commitment))
        #expect(release.records[0].opening.commitment(to: release.records[0].bytes) == release.commitments[0])
    }

    @Test func citizenOfAnotherCouncilAndNobodyLookTheSame() async throws {
        let file = try await publish([People.record(1, area: "S12000033")], layout: source.layout, in: source.folder).file
        let other = try edge().release(request(file, key: People.nino(1)), under: terms(["count"], area: "E08000035"))
        let nobody = try edge().release(request(file, key: People.nino(2)), under: terms(["count"], area: "E08000035"))
        #expect(other.records.isEmpty && nobody.records.isEmpty)
        #expect(other.counts == nobody.counts && other.next == nil && nobody.next == nil)
    }

    /// Rows outside the filter that follow the last one inside it do not show as more to come.
    @Test func onlyARowInsideTheFilterIsMoreToCome() async throws {
        // Only records have a count: of thirty the fifth, tenth and fifteenth; then hidden ones.
        let records = (1...30).map { [5, 10, 15].contains($0) ? People.record($0) : People.head($0) }
        let file = try await publish(records, layout: source.layout, in: source.folder).file
        let inside = try terms(["nino", "count"], area: "9", field: "count")
        #expect(try edge().release(request(file, limit: 2), under: inside).next != nil)
        let last = try edge().release(request(file, limit: 3), under: inside)
        #expect(last.records.count == 3 && last.next == nil)
        #expect(last.counts.admitted == 3)
    }

    @Test func aRecordThatCannotBeReadIsOnNoSideOfAFilter() throws {
        let terms = try terms(["nino", "count"], area: "9", field: "count")
        var run = try RedactionRun(
            program: terms.program, keys: terms.keys, xk: terms.xk, exchangeDate: terms.exchangeDate, evidence: terms.evidence)
        _ = run.apply([0xFF])
        #expect(run.counts.admitted == 0 && run.counts.withheld == 0)
    }

    @Test func rowFilterThatNoIndexAnswersIsStillApplied() async throws {
        let records = (1...20).map { $0.isMultiple(of: 5) ? People.record($0) : People.head($0) }
        let file = try await publish(records, layout: source.layout, in: source.folder).file
        let release = try edge().release(request(file), under: terms(["nino"], area: "9", field: "count"))
        #expect(release.counts.released == 4 && release.counts.filteredOut == 16)
    }

    /// Two row filters: the index answers one, the run decides on both.
    @Test func allRowFiltersMustHold() async throws {
        let records = [
            People.record(1, area: "E08000035"), People.head(2, area: "E08000035"), People.record(3, area: "S12000033"), People.head(4, area: "S12000033"),
        ]
        let file = try await publish(records, layout: source.layout, in: source.folder).file
        let area = RowFilter.test(try #require(FieldPath("area")), anyOf: ["E08000035"])
        let count = RowFilter.test(try #require(FieldPath("count")), anyOf: ["9"])
        let both = try edge().release(request(file), under: source.terms(["nino"], filter: .all([area, count])))
        #expect(both.counts.read == 2 && both.counts.released == 1 && both.counts.filteredOut == 1)
        let one = try edge().release(request(file), under: source.terms(["nino"], filter: .all([area, .any([count, area])])))
        #expect(one.counts.released == 2)
    }

    @Test func pagesCoverAllRowsOnce() async throws {
        let file = try await publish((1...25).map { People.record($0) }, layout: source.layout, in: source.folder).file
        var after: UInt64? = 0
        var seen: [[UInt8]] = []
        var sizes: [Int] = []
        while let position = after {
            let release = try edge().release(request(file, after: position, limit: 10), under: terms(["nino"], area: "E08000035"))
            seen += release.records.map(\.bytes)
            sizes.append(release.records.count)
            after = release.next
        }
        #expect(sizes == [10, 10, 5])
        #expect(seen == (1...25).map { [0x0a, 9] + Array(People.nino($0).utf8) })
    }

    /// What is read in pieces, between which others get the processor, is released as if it had been read at once.
    @Test(arguments: [1, 63, 64, 65, 128, 150, 200]) func piecesMakeTheSameRelease(_ limit: Int) async throws {
        #expect(source.folder.limits.maxPieceRecords == 64)
        let file = try await publish((1...150).map { People.record($0) }, layout: source.layout, in: source.folder).file
        let whole = try edge().release(request(file, after: 0, limit: limit), under: terms(["nino"], area: "E08000035"))
        let patient = Edge(session: SourceSession(folder: source.folder, isPatient: true))
        let pieces = try patient.release(request(file, after: 0, limit: limit), under: terms(["nino"], area: "E08000035"))
        #expect(pieces.records.count == min(limit, 150) && pieces.commitments == whole.commitments)
        #expect(pieces.records.map(\.bytes) == whole.records.map(\.bytes) && pieces.counts == whole.counts && pieces.next == whole.next)
    }

    @Test func sameKeyGivesTheSameCommitmentsAndAnotherKeyOthers() async throws {
        let file = try await publish([People.record(1)], layout: source.layout, in: source.folder).file
        let first = try edge().release(request(file), under: terms(["nino"], area: nil))
        let again = try edge().release(request(file), under: terms(["nino"], area: nil))
        let other = try edge().release(request(file), under: terms(["nino"], area: nil, key: 6))
        #expect(first.commitments == again.commitments && first.requestCommitment == again.requestCommitment)
        #expect(first.commitments != other.commitments && first.requestCommitment != other.requestCommitment)
        #expect(first.requestCommitment == Commitments.request(salt: first.requestSalt, canonicalRequest: [1]))
    }

    @Test func termsForAnotherSchemaReleaseNothing() async throws {
        let file = try await publish([People.record(1)], layout: source.layout, in: source.folder).file
        let plain = try SourceLayout(
            root: MessageSchema(name: "Other", fields: [FieldSchema(number: 1, name: "nino", type: .scalar(.string))]), keyField: "nino")
        var request = try request(file)
        request.layout = plain
        #expect(throws: EdgeFault.terms(.context("the program was compiled for another schema than the source has"))) {
            try edge().release(request, under: terms(["nino"], area: nil))
        }
    }
}
