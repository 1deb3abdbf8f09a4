@testable import Agreements
import Testing
import Vocabulary

@Suite struct TemplateTests {
    @Test(arguments: AgreementTemplate.allCases)
    func filledInTemplateCanBeSubmitted(template: AgreementTemplate) throws {
        let terms = try Terms(
            document: template.document(schema: TermsFixture.schema), agreement: AgreementID("ISA-2026-0001")!, version: .first)
        #expect(terms.material.problems(on: TermsFixture.today) == [])
    }

    @Test(arguments: AgreementTemplate.allCases)
    func templateAsPrintedLacksTheSchemaOnly(template: AgreementTemplate) {
        let dataset = template.document["datasets"]!.elements![0]["id"]!.string!
        let expected = TermsFault.problems([
            TermsProblem(
                .malformed, path: "datasets[\(dataset)].schema", fault: "is not a digest",
                remedy: "Write the 64 lower-case hexadecimal digits of a SHA-256; that of a dataset's schema is printed by `concordat catalogue describe`.")
        ])
        #expect(throws: expected) {
            try Terms(document: template.document, agreement: AgreementID("ISA-2026-0001")!, version: .first)
        }
    }

    @Test func namesAreThoseOfTheQuickstart() {
        #expect(AgreementTemplate.allCases.map(\.name) == ["council-tax-reduction", "rent-analysis"])
    }
}
