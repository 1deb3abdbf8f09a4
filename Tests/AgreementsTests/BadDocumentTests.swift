@testable import Agreements
import Testing
import Vocabulary

/// Documents that people get wrong: each answer names the place, the fault and the remedy.
@Suite struct BadDocumentTests {
    typealias Step = TermsFixture.PathStep

    private func problems(_ path: [Step], _ value: DocumentNode?) -> [TermsProblem] {
        problems(TermsFixture.changed(path, to: value))
    }

    private func problems(_ document: DocumentNode) -> [TermsProblem] {
        do throws(TermsFault) {
            _ = try MaterialTerms(document: document)
            return []
        } catch {
            return error.problems
        }
    }

    @Test func unknownKeyIsRefusedWithTheNearest() {
        let found = problems(["limits", "rows_per_dya"], 5)
        #expect(
            found == [
                TermsProblem(
                    .unknownKey, path: "limits.rows_per_dya", fault: "is not a key of this part",
                    remedy: "Remove it or correct its spelling. Did you mean rows_per_day?")
            ])
    }

    @Test func keyThatIsNotAWordIsNotRepeated() {
        let found = problems(["limits", "QQ 12 34 56 A"], 5)
        #expect(found.map(\.path) == ["limits.(a key that is not a word)"])
        #expect(!found.description.contains("QQ"))
    }

    @Test(arguments: [
        "version", "title", "type", "instrument", "purpose", "law", "dpia", "exchange", "limits", "security", "evidence", "duties",
        "period", "parties", "datasets", "agreement",
    ])
    func missingPartIsNamed(key: String) {
        let found = problems([.key(key)], nil)
        #expect(found.map(\.path) == [key])
        #expect(found.map(\.code) == [.missing])
    }

    @Test func endDateIsMandatory() {
        #expect(problems(["period", "end"], nil).map(\.path) == ["period.end"])
    }

    @Test func duplicateKeyIsRefused() {
        guard case .map(let entries) = TermsFixture.material else { return }
        let found = problems(.map(entries + [DocumentEntry(key: "title", value: "Again")]))
        #expect(found.map(\.code) == [.duplicate])
        #expect(found.map(\.path) == ["title"])
    }

    @Test func fieldListedTwiceIsRefused() {
        let rule: DocumentNode = ["path": "nino", "transform": "drop", "necessity": "None."]
        let fields = TermsFixture.material["datasets"]!.elements![0]["fields"]!.elements!
        let found = problems(["datasets", 0, "fields"], .list(fields + [rule]))
        #expect(found.map(\.path) == ["datasets[uc.awards].fields[nino]"])
        #expect(found.map(\.code) == [.duplicate])
    }

    @Test(arguments: [
        (["limits", "token_seconds"], 601), (["limits", "token_seconds"], 0), (["limits", "rows_per_call"], -1),
        (["limits", "rows_per_day"], .int(.max)), (["limits", "calls_per_day"], "100"), (["version"], 1_000_000_000),
        (["duties", "breach_notice_hours"], 73),
    ] as [([Step], DocumentNode)])
    func numberOutOfRangeIsRefused(path: [Step], value: DocumentNode) {
        #expect(problems(path, value).map(\.code) == [.outOfRange])
    }

    @Test(arguments: [
        (["title"], 7), (["title"], ""), (["title"], "two\nlines"), (["title"], "bad\u{202e}text"), (["title"], "zero\u{200b}width"),
        (["title"], "nul\u{0}"), (["title"], .string(String(repeating: "x", count: 161))), (["purpose", "text"], "   "),
        (["purpose"], "text"), (["parties"], "dwp"), (["type"], "weekly"), (["law", "law_enforcement"], "no"),
        (["period", "end"], "2027-02-29"), (["period", "end"], "31/10/2027"), (["agreement"], "ISA-26-42"),
        (["datasets", 0, "schema"], "ABCDEF"), (["datasets", 0, "id"], "uc awards"), (["datasets", 0, "fields", 0, "path"], "a..b"),
        (["datasets", 0, "fields", 0, "transform"], "Allow"), (["purpose", "code"], "council tax"),
        (["datasets", 0, "fields", 0, "parameters"], "base"), (["parties", 0, "organisation"], "Leeds_CC"),
    ] as [([Step], DocumentNode)])
    func malformedValueIsRefused(path: [Step], value: DocumentNode) {
        #expect(problems(path, value).map(\.code) == [.malformed])
    }

    @Test func everyProblemIsReportedAtOnce() {
        var document = TermsFixture.changed(["title"], to: nil)
        document = document.setting("colour", to: "blue").setting("version", to: 0)
        #expect(Set(problems(document).map(\.path)) == ["title", "colour", "version"])
    }

    @Test func problemsAreBounded() {
        let junk = (0..<1_000).map { DocumentEntry(key: "junk\($0)", value: 1) }
        #expect(problems(.map(junk)).count == TermsLimits.maxProblems)
    }

    @Test(arguments: [
        [:], ["equals": ["field": "a", "value": "1"], "in": ["field": "a", "values": ["1"]]],
    ] as [DocumentNode])
    func filterNodeHasExactlyOneKind(filter: DocumentNode) {
        let found = problems(["datasets", 0, "row_filter"], filter)
        #expect(found.map(\.code) == [.contradiction])
    }

    @Test func filterNestedTooDeepIsRefused() {
        let leaf: DocumentNode = ["equals": ["field": "a", "value": "1"]]
        var filter = leaf
        for _ in 0..<12 { filter = ["and": [filter, leaf]] }
        #expect(problems(["datasets", 0, "row_filter"], filter).contains { $0.code == .tooDeep })
    }

    @Test func filterNestedAsDeepAsAllowedReadsBack() throws {
        let leaf: DocumentNode = ["equals": ["field": "a", "value": "1"]]
        var filter = leaf
        for _ in 1..<TermsLimits.filterDepth { filter = ["or": [filter, ["in": ["field": "b", "values": ["2", 1, true]]]]] }
        let terms = try TermsFixture.changedTerms(["datasets", 0, "row_filter"], to: filter)
        #expect(try MaterialTerms(bytes: terms.bytes) == terms)
        #expect(terms.datasets[0].rowFilter?.paths.count == 8)
    }

    @Test func filterValuesAreSortedAndDifferent() throws {
        let terms = try TermsFixture.changedTerms(
            ["datasets", 0, "row_filter"], to: ["in": ["field": "local_authority", "values": ["E08000036", "E08000035"]]])
        #expect(terms.datasets[0].rowFilter == .isIn(FieldPath("local_authority")!, ["E08000035", "E08000036"]))
        #expect(
            problems(["datasets", 0, "row_filter"], ["in": ["field": "a", "values": ["1", 1]]]).map(\.code) == [.duplicate])
    }

    @Test func checkStopsAtItsDepth() {
        var node: DocumentNode = "x"
        for _ in 0..<200 { node = ["and": [node, "x"]] }
        #expect(problems(["datasets", 0, "row_filter"], node).contains { $0.code == .tooDeep })
    }

    @Test func termsAndAnnexProblemsComeTogether() {
        let document = TermsFixture.changed(["title"], to: nil).setting("annex", to: ["hours": "always"])
        #expect(throws: TermsFault.self) { try Terms(document: document) }
        do throws(TermsFault) {
            _ = try Terms(document: document)
        } catch {
            #expect(error.problems.map(\.path) == ["title", "annex.hours"])
        }
    }

    @Test func assignedNameMayBeLeftOutButNotChanged() throws {
        let assigned = AgreementID("ISA-2026-0099")!
        let without = TermsFixture.changed(["agreement"], to: nil)
        #expect(try Terms(document: without, agreement: assigned).material.agreement == assigned)
        let other = TermsProblem(
            .notAssigned, path: "agreement", fault: "is not the one assigned", remedy: "Leave the key out, or write the assigned one.")
        #expect(throws: TermsFault.problems([other])) { try Terms(document: TermsFixture.material, agreement: assigned) }
    }

    @Test func wholeDocumentReadsBackWithItsAnnex() throws {
        let document = TermsFixture.material.setting("annex", to: ["operating_hours": "At any time"])
        let terms = try Terms(document: document)
        #expect(try Terms(document: terms.document) == terms)
        #expect(terms.annex.operatingHours == "At any time")
    }

    @Test func oversizedTermsAreRefused() {
        let conditions: [DocumentNode] = (0..<16).map { _ in .string(String(repeating: "x", count: 4_000)) }
        #expect(problems(["conditions"], .list(conditions)).map(\.code) == [.tooLarge])
    }
}
