@testable import Agreements
import Cryptography
import Testing
import Vocabulary

@Suite struct FeasibilityTests {
    typealias Step = TermsFixture.PathStep

    static func outline(digest: String = TermsFixture.schema, keys: [String] = ["nino"]) -> SchemaOutline {
        func field(_ path: String, _ label: PrivacyLabel, _ role: IdentifyingRole, _ domain: String = "", _ transforms: [String] = []) -> FieldOutline {
            FieldOutline(path: FieldPath(path)!, label: label, role: role, domain: domain, transforms: transforms)
        }
        return SchemaOutline(
            dataset: DatasetID("uc.awards")!, digest: Digest(hex: digest)!,
            fields: [
                field("nino", .personal, .directIdentifier, "nino", ["allow", "drop", "mask", "pseudonym"]),
                field("postcode", .personal, .quasiIdentifier, "postcode"),
                field("uprn", .personal, .quasiIdentifier, "uprn"),
                field("local_authority", .personal, .attribute),
                field("award.amount_pence", .personal, .attribute, "", ["allow", "drop", "round", "bucket"]),
                field("award.elements.amount_pence", .personal, .attribute),
                field("health_condition", .specialCategory, .attribute),
                field("notes", .personal, .freeText),
            ],
            keyFields: keys.map { FieldPath($0)! })
    }

    private func feasibility(_ path: [Step] = [], _ value: DocumentNode? = nil, outline: SchemaOutline = outline()) throws -> [TermsProblem] {
        let terms = path.isEmpty ? try TermsFixture.terms() : try TermsFixture.changedTerms(path, to: value)
        return terms.feasibility(against: [outline])
    }

    @Test func termsThatFitTheSchemaHaveNoProblem() throws {
        #expect(try feasibility() == [])
    }

    @Test func unknownFieldIsNamedWithTheNearest() throws {
        let found = try feasibility(["datasets", 0, "fields", 1, "path"], "award.amount_pense")
        #expect(
            found == [
                TermsProblem(
                    .unknownField, path: "datasets[uc.awards].fields[award.amount_pense]", fault: "is not a field of uc.awards",
                    remedy: "Correct or remove it. Did you mean award.amount_pence?")
            ])
    }

    @Test func mistakeOfTheQuickstartIsFound() throws {
        let found = try feasibility(["datasets", 0, "fields", 1, "path"], "award.amount")
        #expect(found.map(\.code) == [.unknownField])
        #expect(found[0].remedy.contains("award.amount_pence"))
    }

    @Test func fieldOfTheRightNameElsewhereIsSuggested() throws {
        let found = try feasibility(["datasets", 0, "fields", 0, "path"], "person.nino")
        #expect(found.map(\.remedy) == ["Correct or remove it. Did you mean nino?"])
    }

    @Test func groupOfFieldsIsRefusedWithItsFields() throws {
        let found = try feasibility(["datasets", 0, "fields", 1], ["path": "award.elements", "transform": "allow", "necessity": "x"])
        #expect(found.map(\.code) == [.notSingleField])
        #expect(found.map(\.remedy) == ["List the fields in it one by one: award.elements.amount_pence."])
    }

    @Test func changedSchemaIsRefused() throws {
        let other = String(repeating: "0f", count: 32)
        let found = try feasibility(outline: FeasibilityTests.outline(digest: other))
        #expect(found.map(\.path) == ["datasets[uc.awards].schema"])
        #expect(found.map(\.code) == [.schemaChanged])
    }

    @Test func unknownDatasetIsRefusedWithTheNearest() throws {
        let found = try feasibility(["datasets", 0, "id"], "uc.award")
        #expect(found.map(\.code) == [.unknownDataset])
        #expect(found[0].remedy.hasSuffix("Did you mean uc.awards?"))
    }

    @Test func keyThatTheSourceCannotLookUpIsRefused() throws {
        let found = try feasibility(outline: FeasibilityTests.outline(keys: ["uprn"]))
        #expect(found.map(\.code) == [.lookupNotOffered])
        #expect(found.map(\.remedy) == ["Use uprn, or filter_fields."])
    }

    @Test(arguments: ["key_fields", "filter_fields", "match_keys"])
    func unknownLookupFieldIsRefused(key: String) throws {
        let found = try feasibility(["datasets", 0, .key(key)], ["surname"])
        #expect(found.map(\.path) == ["datasets[uc.awards].\(key)[surname]"])
    }

    @Test func unknownFieldOfTheRowFilterIsRefused() throws {
        let found = try feasibility(["datasets", 0, "row_filter"], ["equals": ["field": "council", "value": "E08000035"]])
        #expect(found.map(\.path) == ["datasets[uc.awards].row_filter[council]"])
    }

    @Test func labelBelowTheFieldsIsRefused() throws {
        let found = try feasibility(
            ["datasets", 0, "fields", 0], ["path": "health_condition", "transform": "allow", "necessity": "x"])
        #expect(found.map(\.code) == [.labelTooLow])
        #expect(found.map(\.path) == ["security.privacy_label"])
    }

    @Test func droppedFieldDoesNotRaiseTheLabel() throws {
        #expect(
            try feasibility(["datasets", 0, "fields", 0], ["path": "health_condition", "transform": "drop", "necessity": "x"]) == [])
    }

    @Test func transformThatDoesNotFitIsRefused() throws {
        let found = try feasibility(["datasets", 0, "fields", 0, "transform"], "masc")
        #expect(found.map(\.code) == [.transformNotOffered])
        #expect(found[0].remedy == "Use one of: allow, drop, mask, pseudonym. Did you mean mask?")
    }

    @Test func directIdentifierAsItIsIsDoubted() throws {
        let found = try TermsFixture.terms().lint(against: [FeasibilityTests.outline()], on: TermsFixture.today)
        #expect(found.map(\.path) == ["datasets[uc.awards].fields[nino]"])
        #expect(found.map(\.code) == [.directIdentifier])
        #expect(found.allSatisfy { $0.severity == .warning })
    }

    @Test func exactBesideGeneralisedAndFreeTextAreDoubted() throws {
        let fields: DocumentNode = [
            ["path": "uprn", "transform": "allow", "necessity": "x"],
            ["path": "postcode", "transform": "postcode", "necessity": "x"],
            ["path": "notes", "transform": "allow", "necessity": "x"],
        ]
        let terms = try TermsFixture.changedTerms(["datasets", 0, "fields"], to: fields)
        let found = terms.lint(against: [FeasibilityTests.outline()], on: TermsFixture.today)
        #expect(found.map(\.code) == [.freeText, .exactBesideGeneralised])
    }

    @Test func everyRowInReachIsDoubted() throws {
        let terms = try TermsFixture.changedTerms(["datasets", 0, "row_filter"], to: nil)
        let found = terms.lint(against: [FeasibilityTests.outline()], on: TermsFixture.today)
        #expect(found.map(\.code) == [.directIdentifier, .everyRow])
    }

    @Test func lapsingPaperworkIsDoubted() throws {
        let terms = try TermsFixture.changedTerms(["dpia", "review"], to: "2026-11-22")
        let found = terms.lint(against: [], on: TermsFixture.today)
        #expect(found.map(\.path) == ["dpia.review"])
    }
}
