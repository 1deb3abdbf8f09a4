@testable import Agreements
import Testing
import Vocabulary

@Suite struct DifferenceTests {
    typealias Step = TermsFixture.PathStep

    @Test func equalTermsHaveNoDifference() throws {
        #expect(difference(from: try TermsFixture.terms(), to: try TermsFixture.terms()) == [])
        #expect(!isNarrowing(from: try TermsFixture.terms(), to: try TermsFixture.terms()))
    }

    @Test func changeNamesPlaceAndValues() throws {
        let new = try TermsFixture.changedTerms(["limits", "rows_per_day"], to: 5_000)
        #expect(
            difference(from: try TermsFixture.terms(), to: new) == [
                TermsChange(path: "limits.rows_per_day", before: "10000", after: "5000", effect: .narrowing)
            ])
    }

    @Test(arguments: [
        (["limits", "rows_per_day"], 9_999), (["limits", "token_seconds"], 60), (["period", "end"], "2027-06-30"),
        (["period", "start"], "2026-12-01"), (["duties", "retention_days"], 30), (["duties", "breach_notice_hours"], 12),
        (["limits", "calls_per_subject_per_day"], 3), (["evidence", "request"], "signed"),
        (["datasets", 0, "fields", 0, "transform"], "pseudonym"), (["datasets", 0, "fields", 1, "transform"], "drop"),
        (["datasets", 0, "key_fields"], nil), (["law", "review_board_required"], true),
        (
            ["datasets", 0, "row_filter"],
            ["and": [
                ["equals": ["field": "local_authority", "value": "E08000035"]], ["equals": ["field": "in_payment", "value": true]],
            ]]
        ),
    ] as [([Step], DocumentNode?)])
    func narrowingIsKnown(path: [Step], value: DocumentNode?) throws {
        #expect(isNarrowing(from: try TermsFixture.terms(), to: try TermsFixture.changedTerms(path, to: value)))
    }

    @Test(arguments: [
        (["limits", "rows_per_day"], 10_001), (["period", "end"], "2027-11-01"), (["period", "start"], "2026-10-31"),
        (["title"], "Another title"), (["purpose", "code"], "debt-recovery"), (["datasets", 0, "operations"], ["query", "stream"]),
        (["datasets", 0, "row_filter"], nil), (["datasets", 0, "row_filter"], ["equals": ["field": "local_authority", "value": "E08000036"]]),
        (
            ["datasets", 0, "row_filter"],
            ["or": [
                ["equals": ["field": "local_authority", "value": "E08000035"]], ["equals": ["field": "in_payment", "value": true]],
            ]]
        ),
        (["datasets", 0, "fields", 1, "transform"], "allow"), (["datasets", 0, "fields", 1, "parameters"], ["base": 10]),
        (["datasets", 0, "schema"], "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"),
        (["duties", "onward_disclosure"], "with-consent"), (["duties", "audit_right"], false),
        (["parties", 0, "territory"], "Yorkshire"), (["datasets", 0, "filter_fields"], ["postcode"]),
    ] as [([Step], DocumentNode?)])
    func everythingElseWidens(path: [Step], value: DocumentNode?) throws {
        let changes = difference(from: try TermsFixture.terms(), to: try TermsFixture.changedTerms(path, to: value))
        #expect(!changes.isEmpty)
        #expect(changes.contains { $0.effect == .widening })
    }

    @Test func addedFieldWidensAndRemovedFieldNarrows() throws {
        let old = try TermsFixture.terms()
        let new = try TermsFixture.changedTerms(["datasets", 0, "fields", 1], to: nil)
        #expect(
            difference(from: old, to: new) == [
                TermsChange(
                    path: "datasets[uc.awards].fields[award.amount_pence]", before: "award.amount_pence", after: nil, effect: .narrowing)
            ])
        #expect(isNarrowing(from: old, to: new))
        #expect(!isNarrowing(from: new, to: old))
    }

    @Test func fewerValuesNarrowAndMoreWiden() throws {
        func filtered(_ values: [DocumentNode]) throws -> MaterialTerms {
            try TermsFixture.changedTerms(["datasets", 0, "row_filter"], to: ["in": ["field": "local_authority", "values": .list(values)]])
        }
        let one = try TermsFixture.terms()
        let two = try filtered(["E08000035", "E08000036"])
        let three = try filtered(["E08000035", "E08000036", "E08000037"])
        #expect(isNarrowing(from: three, to: two))
        #expect(isNarrowing(from: two, to: one))
        #expect(!isNarrowing(from: two, to: three))
        #expect(!isNarrowing(from: one, to: two))
    }

    @Test func oneWideningMakesTheWholeWide() throws {
        let new = try MaterialTerms(document: TermsFixture.changed(["limits", "rows_per_day"], to: 5_000).setting("title", to: "Other"))
        #expect(!isNarrowing(from: try TermsFixture.terms(), to: new))
    }
}
