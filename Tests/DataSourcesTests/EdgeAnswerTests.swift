import Cryptography
import ProtobufWire
import Redaction
import Testing
import Vocabulary

@testable import DataSources

/// What is held of an answer of an edge elsewhere: each test falsifies one thing of an answer that is taken as it is.
@Suite struct EdgeAnswerTests {
    private static let rows: UInt64 = 30
    private static let key = SecretBytes([UInt8](repeating: 9, count: 32))

    private let source: PeopleSource

    init() throws { source = try PeopleSource() }

    private func terms(finding: Bool = true, filter: RowFilter? = nil) throws -> EdgeTerms {
        let finding = finding ? SubjectFinding(domain: [1, 0], key: HMACKey.sha256(Self.key), secret: Self.key) : nil
        return try source.terms(["nino", "count"], filter: filter, finding: finding)
    }

    /// Ten of thirty people from the eleventh on, and what was answered to that.
    private struct Asked {
        var request: EdgeRequest
        var terms: EdgeTerms
        var answer: EdgeAnswer
        let release: EdgeRelease

        /// Why the answer is not taken, nil where it is.
        func refusal() -> EdgeFault? {
            do throws(EdgeFault) {
                _ = try EdgeRelease(answer, to: request, under: terms)
                return nil
            } catch {
                return error
            }
        }

        /// Why it is not once it is changed, where it was before.
        func refusal(_ change: (inout Asked) -> Void) -> EdgeFault? {
            #expect(refusal() == nil)
            var changed = self
            change(&changed)
            return changed.refusal()
        }
    }

    private func asked(
        after: UInt64 = 10, limit: Int = 10, finding: Bool = true, filter: RowFilter? = nil, key: String? = nil
    ) async throws -> Asked {
        let records = (1...Int(Self.rows)).map { People.record($0) }
        let file = try await publish(records, layout: source.layout, in: source.folder, revision: UInt64(source.temporary.names.count) + 1).file
        let conditions = try key.map { [try SourceCondition(field: "nino", equals: $0, in: source.layout)] } ?? []
        let request = EdgeRequest(
            file: file, layout: source.layout, rows: Self.rows, conditions: conditions, after: after, limit: limit, canonicalRequest: [1], canonicalCase: [2])
        let terms = try terms(finding: finding, filter: filter)
        let release = try Edge(session: SourceSession(folder: source.folder)).release(request, under: terms)
        return Asked(request: request, terms: terms, answer: EdgeAnswer(release), release: release)
    }

    @Test(arguments: [0, 10, 20] as [UInt64]) func whatAnEdgeAnswersIsTakenAsItWasReleased(_ after: UInt64) async throws {
        let asked = try await asked(after: after)
        let taken = try EdgeRelease(asked.answer, to: asked.request, under: asked.terms)
        let made = asked.release
        #expect(taken.records.count == 10 && taken.finders.count == 10)
        #expect(taken.records.map(\.bytes) == made.records.map(\.bytes) && taken.records.map(\.opening) == made.records.map(\.opening))
        #expect(taken.commitments == made.commitments && taken.finders == made.finders)
        #expect(taken.requestCommitment == made.requestCommitment && taken.caseCommitment == made.caseCommitment)
        #expect(taken.requestSalt == made.requestSalt && taken.caseSalt == made.caseSalt)
        #expect(taken.counts == made.counts && taken.next == made.next)
        #expect(taken.next == (after < 20 ? after + 10 : nil))
    }

    @Test func noMoreRecordsAreTakenThanWereAskedFor() async throws {
        let asked = try await asked()
        #expect(asked.refusal { $0.request.limit = 9 } == .unanswered(reason: "more records than were asked for"))
    }

    @Test func noMoreBytesAreTakenThanWereAskedForButOfASingleRecord() async throws {
        let asked = try await asked()
        // Key and count: 11 and 2 bytes.
        #expect(asked.refusal { $0.request.maxBytes = 130 } == nil)
        #expect(asked.refusal { $0.request.maxBytes = 129 } == .unanswered(reason: "more bytes than were asked for"))
        let one = try await self.asked(limit: 1)
        #expect(one.answer.records.count == 1 && one.refusal { $0.request.maxBytes = 1 } == nil)
    }

    @Test func theNextPageBeginsAfterThisOne() async throws {
        let asked = try await asked()
        for next in [0, 9, 10] as [UInt64] {
            #expect(asked.refusal { $0.answer.next = next } == .unanswered(reason: "a next page that is not after this one"))
        }
    }

    @Test func theNextPageBeginsBeforeTheLastRow() async throws {
        let asked = try await asked()
        #expect(asked.refusal { $0.answer.next = 29 } == nil)
        for next in [30, .max] as [UInt64] {
            #expect(asked.refusal { $0.answer.next = next } == .unanswered(reason: "a next page behind the last row"))
        }
    }

    @Test func asManyAreSaidToBeReleasedAsCame() async throws {
        let asked = try await asked()
        let fault = asked.refusal {
            $0.answer.counts.released = 9
            $0.answer.counts.withheld = 1
        }
        #expect(fault == .unanswered(reason: "counts that do not add up"))
    }

    @Test func theCountsAddUp() async throws {
        let asked = try await asked()
        for read in [9, 11] {
            let fault = asked.refusal {
                $0.answer.counts.read = read
                $0.answer.counts.released = min(read, 10)
            }
            #expect(fault == .unanswered(reason: "counts that do not add up"))
        }
        for withheld in [-1, 12, .max] {
            let fault = asked.refusal {
                $0.answer.counts.read = 11
                $0.answer.counts.withheld = withheld
            }
            #expect(fault == .unanswered(reason: "counts of more rows than are read for one page"))
        }
    }

    /// The entry would be for ever in a ledger that each audit refuses by F17.
    @Test func noMoreRowsAreCountedThanTheRevisionHasThere() async throws {
        let counted: @Sendable (inout Asked, Int) -> Void = {
            $0.answer.counts.read = 10 + $1
            $0.answer.counts.withheld = $1
        }
        let page = try await asked()
        #expect(page.answer.next == 20)
        #expect(page.refusal { counted(&$0, 1) } == .unanswered(reason: "counts of more rows than the revision has there"))
        let last = try await asked(limit: 30)
        // All twenty after the tenth.
        #expect(last.answer.next == nil && last.answer.counts.read == 20)
        let fault = last.refusal {
            $0.answer.counts.read = 21
            $0.answer.counts.withheld = 1
        }
        #expect(fault == .unanswered(reason: "counts of more rows than the revision has there"))
        let behind = page.refusal {
            $0.request.after = 40
            $0.answer.next = nil
        }
        #expect(behind == .unanswered(reason: "counts of more rows than the revision has there"))
    }

    @Test func noMoreRowsAreCountedThanAreReadForOnePage() async throws {
        let asked = try await asked()
        let withheld: (Int) -> EdgeFault? = { count in
            asked.refusal {
                $0.request.rows = 1_000_000
                $0.answer.next = 900_000
                $0.answer.counts.read = 10 + count
                $0.answer.counts.withheld = count
            }
        }
        #expect(withheld(100_990) == nil)
        #expect(withheld(100_991) == .unanswered(reason: "counts of more rows than are read for one page"))
    }

    @Test func noRowsAreOutsideARowFilterThatIsNotThere() async throws {
        let hidden: (inout Asked) -> Void = {
            $0.answer.next = 21
            $0.answer.counts.read = 11
            $0.answer.counts.filteredOut = 1
        }
        #expect(try await asked().refusal(hidden) == .unanswered(reason: "rows outside a row filter that is not there"))
        let area = RowFilter.test(try #require(FieldPath("area")), anyOf: ["E08000035"])
        #expect(try await asked(filter: area).refusal(hidden) == nil)
    }

    @Test func noMoreRowsAreCountedThanHaveTheKeyThatWasSearchedFor() async throws {
        let one = try await asked(after: 0, finding: false, key: People.nino(7))
        #expect(one.answer.counts.read == 1)
        let fault = one.refusal {
            $0.answer.counts.read = 2
            $0.answer.counts.withheld = 1
        }
        #expect(fault == .unanswered(reason: "counts of more rows than have that key"))
    }

    @Test func eachRecordHasOneMarkWhereARunGivesOne() async throws {
        let asked = try await asked()
        let other = EdgeFault.unanswered(reason: "another number of people than of records")
        #expect(asked.refusal { $0.answer.finders = [] } == other)
        #expect(asked.refusal { $0.answer.finders.removeLast() } == other)
        #expect(asked.refusal { $0.answer.finders.append(.zero) } == other)
    }

    @Test func noMarkIsTakenWhereNobodyIsLookedFor() async throws {
        let asked = try await asked(finding: false)
        #expect(asked.answer.finders.isEmpty)
        #expect(asked.refusal { $0.answer.finders = [.zero] } == .unanswered(reason: "another number of people than of records"))
        #expect(asked.refusal { $0.answer.finders = $0.answer.records.map(\.commitment) } == .unanswered(reason: "another number of people than of records"))
    }

    /// No enum's value names anybody: a run marks no record by it.
    @Test func noMarkIsTakenWhereTheKeyNamesNobody() async throws {
        let status = try SourceLayout(root: source.schema.root, keyField: "status")
        let file = try await publish([People.record(1)], layout: status, in: source.folder).file
        let request = EdgeRequest(
            file: file, layout: status, rows: 1, conditions: [], limit: 10, canonicalRequest: [1], canonicalCase: [2])
        let terms = try terms()
        let release = try Edge(session: SourceSession(folder: source.folder)).release(request, under: terms)
        let asked = Asked(request: request, terms: terms, answer: EdgeAnswer(release), release: release)
        #expect(release.records.count == 1 && release.finders.isEmpty)
        #expect(asked.refusal { $0.answer.finders = [.zero] } == .unanswered(reason: "another number of people than of records"))
    }

    @Test func theCommitmentsAreToThisRequestAndThisCase() async throws {
        let asked = try await asked()
        #expect(asked.refusal { $0.answer.requestCommitment = .zero } == .unanswered(reason: "a commitment to another request"))
        #expect(asked.refusal { $0.request.canonicalRequest = [3] } == .unanswered(reason: "a commitment to another request"))
        #expect(asked.refusal { $0.answer.caseCommitment = .zero } == .unanswered(reason: "a commitment to another case"))
        #expect(asked.refusal { $0.request.canonicalCase = [3] } == .unanswered(reason: "a commitment to another case"))
    }

    @Test func eachRecordIsHeldToTheProgram() async throws {
        let asked = try await asked()
        #expect(asked.refusal { $0.answer.records.swapAt(3, 4) } == .unanswered(reason: "a record's commitment is that of another"))
        let unlisted = asked.refusal { $0.answer.records[9].bytes = People.record(20) }
        #expect(unlisted == .unanswered(reason: "a record is not one of the program's output schema (\(WireFault.unknownField(2)))"))
        // A fault of this side, and no answer's.
        let short = EdgeTerms(
            program: asked.terms.program, keys: asked.terms.keys, xk: SecretBytes([5]), exchangeDate: asked.terms.exchangeDate, evidence: .field,
            finding: asked.terms.finding)
        guard case .terms = asked.refusal({ $0.terms = short }) else {
            Issue.record("a key of one byte was taken")
            return
        }
    }
}
