import Testing

@testable import Vocabulary

@Suite struct NamesTests {
    @Test(arguments: ["dwp", "leeds-cc", "a1"])
    func organisationNamesAreSlugs(text: String) {
        #expect(OrganisationID(text)?.text == text)
    }

    @Test(arguments: ["", "d", "1dwp", "dwp-", "dwp--x", "DWP", "d wp", "dw\u{e9}", "-dwp", String(repeating: "a", count: 33)])
    func otherOrganisationNamesAreRefused(text: String) {
        #expect(OrganisationID(text) == nil)
    }

    @Test(arguments: ["uc.awards", "A_b-c.9", String(repeating: "x", count: 64)])
    func datasetNamesFollowTheScopeGrammar(text: String) {
        #expect(DatasetID(text) != nil)
    }

    @Test(arguments: ["", "uc awards", "uc:awards", "uc#a", "uc\u{0}", "\u{661}", String(repeating: "x", count: 65), "uc@1"])
    func otherDatasetNamesAreRefused(text: String) {
        #expect(DatasetID(text) == nil)
    }

    @Test(arguments: ["ISA-2026-0042", "ISA-2026-123456789"])
    func agreementNamesHaveAYearAndANumber(text: String) {
        #expect(AgreementID(text) != nil)
    }

    @Test(arguments: ["ISA-2026-042", "isa-2026-0042", "ISA-26-0042", "ISA-2026-0042-1", "ISA-2026-00a2", "ISA-2026-1234567890", " ISA-2026-0042"])
    func otherAgreementNamesAreRefused(text: String) {
        #expect(AgreementID(text) == nil)
    }

    @Test(arguments: [("1", 1), ("999999999", 999_999_999)] as [(String, UInt32)])
    func versionsAreDecimal(text: String, value: UInt32) {
        #expect(AgreementVersion(text)?.value == value)
    }

    @Test(arguments: ["0", "01", "", "-1", "+1", "1000000000", "1.0"])
    func otherVersionsAreRefused(text: String) {
        #expect(AgreementVersion(text) == nil)
    }

    @Test func aPathHoldsItsInnerFields() throws {
        let award = try #require(FieldPath("award"))
        let amount = try #require(FieldPath("award.amount_pence"))
        #expect(award.contains(amount) && award.contains(award) && !amount.contains(award))
        #expect(!award.contains(try #require(FieldPath("awards"))))
        #expect(amount.description == "award.amount_pence" && amount.top == "award" && amount.leaf == "amount_pence")
    }

    @Test(arguments: ["", ".", "a.", ".a", "a..b", "a b", "9a", "a-b", "a.\u{0}", String(repeating: "a.", count: 64) + "a"])
    func otherPathsAreRefused(text: String) {
        #expect(FieldPath(text) == nil)
    }
}
