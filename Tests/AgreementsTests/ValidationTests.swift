@testable import Agreements
import Testing
import Vocabulary

/// Well-formed terms that make no sense as an agreement.
@Suite struct ValidationTests {
    typealias Step = TermsFixture.PathStep

    @Test(arguments: [
        (["period", "end"], "2026-10-31", ["period.end", "period.end", "period.review"]),
        (["period", "end"], "2026-11-22", ["period.end", "period.review"]),
        (["period", "review"], "2026-10-31", ["period.review"]),
        (["supersedes"], 1, ["supersedes"]),
        (["version"], 2, ["supersedes"]),
        (["law", "gateway_check"], "inconsistent", ["law.gateway_check"]),
        (["law", "gateway_check"], "needs-a-lawyer", ["law.lawyer_determination"]),
        (["law", "review_board_required"], true, ["law.review_board_reference"]),
        (["security", "privacy_label"], "special-category", ["law.article_9"]),
        (["security", "leaves_uk"], true, ["security.transfer_mechanism"]),
        (["dpia", "outcome"], "do-not-proceed", ["dpia.outcome"]),
        (["limits", "rows_per_call"], 10_001, ["limits.rows_per_call"]),
        (["duties", "onward_disclosure"], "as-listed", ["duties.onward_text"]),
        (["duties", "linkage"], "as-listed", ["duties.linkage_text"]),
        (["duties", "foi_lead"], "home-office", ["duties.foi_lead"]),
        (["parties", 0, "role"], "provider", ["parties"]),
        (["parties", 0, "controller"], "processor", ["parties[leeds-cc].controller"]),
        (["datasets", 0, "operations"], ["match", "query"], ["datasets[uc.awards].match_keys"]),
        (["datasets", 0, "fields", 0, "path"], "award", ["datasets[uc.awards].fields[award.amount_pence]"]),
    ] as [([Step], DocumentNode, [String])])
    func contradictionIsNamed(path: [Step], value: DocumentNode, expected: [String]) throws {
        let terms = try TermsFixture.changedTerms(path, to: value)
        #expect(terms.problems(on: TermsFixture.today).map(\.path) == expected)
    }

    @Test func endOnTheDayOfSubmissionIsAccepted() throws {
        let period: DocumentNode = ["start": "2026-11-01", "end": "2026-11-23", "review": "2026-11-23", "renewal_notice_days": 1]
        #expect(try TermsFixture.changedTerms(["period"], to: period).problems(on: TermsFixture.today) == [])
    }

    @Test(arguments: ["drop", "null"])
    func termsThatReleaseNothingAreRefused(transform: String) throws {
        let fields: DocumentNode = [["path": "nino", "transform": .string(transform), "necessity": "None."]]
        let terms = try TermsFixture.changedTerms(["datasets", 0, "fields"], to: fields)
        #expect(terms.problems(on: TermsFixture.today).map(\.path) == ["datasets[uc.awards].fields"])
    }

    /// A bare `null` of YAML is no value: whoever meant the transform is told how to write it.
    @Test func aRuleWithoutATransformIsToldOfTheNull() throws {
        let document = TermsFixture.changed(["datasets", 0, "fields", 0, "transform"], to: nil)
        let missing = TermsProblem(
            .missing, path: "datasets[uc.awards].fields[nino].transform", fault: "is missing", remedy: "Add it; the transform null needs quotation marks.")
        #expect(throws: TermsFault.problems([missing])) { try MaterialTerms(document: document) }
    }

    @Test func tooManyConditionsAreRefused() throws {
        let leaf: DocumentNode = ["equals": ["field": "a", "value": "1"]]
        let half: DocumentNode = ["or": .list([DocumentNode](repeating: leaf, count: 40))]
        let terms = try TermsFixture.changedTerms(["datasets", 0, "row_filter"], to: ["and": [half, half]])
        #expect(terms.problems(on: TermsFixture.today).map(\.code) == [.tooLarge])
    }
}
