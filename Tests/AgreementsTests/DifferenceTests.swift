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
        (["datasets", 0, "fields", 1, "transform"], "drop"),
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

    /// The fixture with the rule of its second field as given.
    private func terms(rule name: String, _ parameters: DocumentNode?) throws -> MaterialTerms {
        let named = TermsFixture.changed(["datasets", 0, "fields", 1, "transform"], to: .string(name))
        return try MaterialTerms(document: TermsFixture.changed(["datasets", 0, "fields", 1, "parameters"], to: parameters, in: named))
    }

    /// Allow told the value; whatever is worked out from the value alone tells no more. Nothing else is known to.
    @Test(arguments: [
        ("mask", ["keep_last": 2]), ("truncate", ["max": 3]), ("date-generalise", ["unit": "year"]), ("age-band", ["bands": "0,18"]), ("postcode", ["level": "area"]),
        ("bucket", ["edges": "0,1"]), ("round", ["base": 100]), ("top-bottom-code", ["hi": 5]),
        ("predicate", ["as": "number", "op": "lt", "value": 5]), ("exists", nil), ("drop", nil), ("null", nil),
    ] as [(String, DocumentNode?)])
    func lessThanAllowNarrowsAndBackWidens(name: String, parameters: DocumentNode?) throws {
        let allowed = try terms(rule: "allow", nil)
        let less = try terms(rule: name, parameters)
        #expect(isNarrowing(from: allowed, to: less))
        #expect(!isNarrowing(from: less, to: allowed))
    }

    /// A yes or no tells what masks, bands and other yeses and noes hide, and a constant says what nobody approved.
    @Test(arguments: [
        ("mask", nil, "predicate", ["as": "text", "op": "eq", "value": "x"]), ("mask", nil, "exists", nil), ("drop", nil, "exists", nil), ("null", nil, "exists", nil), ("drop", nil, "predicate", ["as": "text", "op": "eq", "value": "x"]),
        ("age-band", ["bands": "0,18"], "predicate", ["as": "age", "op": "ge", "value": 21]), ("predicate", ["as": "age", "op": "ge", "value": 18], "predicate", ["as": "age", "op": "ge", "value": 21]),
        ("predicate", ["as": "age", "op": "ge", "value": 18], "exists", nil), ("exists", nil, "predicate", ["as": "age", "op": "ge", "value": 18]),
        ("constant", ["value": "x", "only_if_present": false], "constant", ["value": "x"]), ("exists", nil, "constant", ["value": "x"]), ("allow", nil, "constant", ["value": "x"]),
        // Who holds the values of before learns whose code is whose, also in other datasets.
        ("allow", nil, "pseudonym", ["scope": "agreement", "domain": "x", "canon": "opaque.v1"]),
        // Whether the message around it is held was hidden by what was in every record.
        ("exists", nil, "drop", nil), ("exists", nil, "null", nil), ("constant", ["value": "x", "only_if_present": false], "drop", nil),
        // That the terms withhold the field was not told.
        ("null", ["notice": false], "null", nil), ("null", ["notice": false], "null", ["notice": true]), ("drop", nil, "null", nil),
        ("allow", nil, "scramble", nil), ("round", ["base": 10], "round", ["base": 100]), ("truncate", ["max": 2], "truncate", ["max": 3]),
        ("top-bottom-code", ["hi": 5], "top-bottom-code", ["hi": 6]), ("date-generalise", ["unit": "year"], "date-generalise", ["unit": "month"]),
        ("date-generalise", ["unit": "month"], "date-generalise", ["unit": "tax_year"]), ("postcode", ["level": "area"], "postcode", ["level": "district"]),
    ] as [(String, DocumentNode?, String, DocumentNode?)])
    func whatIsNotKnownToTellLessWidens(from: String, _ before: DocumentNode?, to: String, _ after: DocumentNode?) throws {
        #expect(!isNarrowing(from: try terms(rule: from, before), to: try terms(rule: to, after)))
    }

    @Test func aCoarserStepOfTheSameTransformNarrows() throws {
        #expect(isNarrowing(from: try terms(rule: "postcode", ["level": "sector"]), to: try terms(rule: "postcode", ["level": "area"])))
        #expect(isNarrowing(from: try terms(rule: "date-generalise", ["unit": "month"]), to: try terms(rule: "date-generalise", ["unit": "quarter"])))
        #expect(
            !isNarrowing(from: try terms(rule: "date-generalise", ["unit": "month"]), to: try terms(rule: "date-generalise", ["unit": "year", "shape": "first_day"])))
    }

    /// Records that were withheld because the value failed would leave.
    @Test func aRuleThatNoLongerWithholdsRecordsWidens() throws {
        let strict = try terms(rule: "allow", ["on_error": "fail"])
        #expect(!isNarrowing(from: strict, to: try terms(rule: "mask", nil)))
        #expect(!isNarrowing(from: strict, to: try terms(rule: "exists", nil)))
        #expect(!isNarrowing(from: strict, to: try terms(rule: "drop", nil)))
        #expect(isNarrowing(from: strict, to: try terms(rule: "exists", ["on_error": "fail"])))
        #expect(isNarrowing(from: try terms(rule: "allow", nil), to: try terms(rule: "mask", ["on_error": "fail"])))
        let gone = try TermsFixture.changedTerms(["datasets", 0, "fields", 1], to: nil)
        let failing = try terms(rule: "round", ["base": 100, "on_error": "fail"])
        #expect(difference(from: failing, to: gone).map(\.effect) == [.widening])
    }

    @Test func aRuleThatHidWhetherAMessageIsHeldMayNotGo() throws {
        let gone = try TermsFixture.changedTerms(["datasets", 0, "fields", 1], to: nil)
        func effects(_ name: String, _ parameters: DocumentNode?) throws -> [TermsChange.Effect] {
            difference(from: try terms(rule: name, parameters), to: gone).map(\.effect)
        }
        #expect(try effects("exists", nil) == [.widening])
        #expect(try effects("constant", ["value": "x", "only_if_present": false]) == [.widening])
        #expect(try effects("constant", ["value": "x"]) == [.narrowing])
        #expect(try effects("mask", nil) == [.narrowing])
    }

    @Test func aNoticeThatGoesNarrowsAndOneThatComesWidens() throws {
        let told = try terms(rule: "null", nil)
        let silent = try terms(rule: "null", ["notice": false])
        #expect(isNarrowing(from: told, to: silent))
        #expect(!isNarrowing(from: silent, to: told))
        #expect(isNarrowing(from: told, to: try terms(rule: "drop", nil)))
        let without = try TermsFixture.changedTerms(["datasets", 0, "fields", 1], to: nil)
        #expect(!isNarrowing(from: without, to: told))
        #expect(isNarrowing(from: without, to: silent))
    }

    @Test func aChangedRuleIsShownWithItsTransformAndItsParameters() throws {
        #expect(
            difference(from: try terms(rule: "allow", nil), to: try terms(rule: "truncate", ["max": 3])) == [
                TermsChange(path: "datasets[uc.awards].fields[award.amount_pence].transform", before: "allow", after: "truncate", effect: .narrowing),
                TermsChange(path: "datasets[uc.awards].fields[award.amount_pence].parameters", before: nil, after: "max: 3", effect: .narrowing),
            ])
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

    @Test func oneMoreRowFilterNarrowsAndOneLessWidens() throws {
        let leeds: DocumentNode = ["in": ["field": "local_authority", "values": ["E08000035", "E08000036"]]]
        let paid: DocumentNode = ["equals": ["field": "in_payment", "value": true]]
        let adult: DocumentNode = ["or": [["equals": ["field": "adult", "value": true]], ["equals": ["field": "emancipated", "value": true]]]]
        func terms(_ filters: DocumentNode...) throws -> MaterialTerms {
            try TermsFixture.changedTerms(["datasets", 0, "row_filter"], to: .list(filters))
        }
        let none = try TermsFixture.changedTerms(["datasets", 0, "row_filter"], to: nil)
        let chain = try [none, terms(leeds), terms(leeds, paid), terms(leeds, ["and": [paid, adult]])]
        for (wide, narrow) in zip(chain, chain.dropFirst()) {
            #expect(isNarrowing(from: wide, to: narrow))
            #expect(!isNarrowing(from: narrow, to: wide))
        }
        // A narrower filter in the place of one of them.
        #expect(isNarrowing(from: try terms(leeds, adult), to: try terms(["equals": ["field": "local_authority", "value": "E08000035"]], adult)))
        #expect(isNarrowing(from: try terms(leeds, adult), to: try terms(leeds, ["equals": ["field": "adult", "value": true]])))
        // Another filter is not known to hold less, and nor is the same with one replaced.
        #expect(!isNarrowing(from: try terms(leeds, adult), to: try terms(leeds, paid)))
        #expect(!isNarrowing(from: try terms(leeds, paid), to: try terms(["or": [leeds, paid]])))
    }
}
