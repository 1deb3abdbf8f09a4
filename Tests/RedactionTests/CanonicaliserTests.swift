import Testing

@testable import Redaction

/// UK identifier formats (matrix E3, and D11's look-alikes).
@Suite struct CanonicaliserTests {
    private func canonical(_ text: String, _ canon: Canonicaliser) -> String? {
        let bytes = Array(text.utf8)
        var output: [UInt8] = [1]
        guard canon.canonicalise(bytes.span, into: &output) else {
            #expect(output == [1], "a refusal leaves the output alone")
            return nil
        }
        return String(decoding: output.dropFirst(), as: UTF8.self)
    }

    @Test(arguments: ["AB123456C", "ab123456c", "AB 12 34 56 C", " ab12 3456c "])
    func everySpellingOfANumberIsOne(text: String) {
        #expect(canonical(text, .nino) == "AB123456C")
    }

    @Test(arguments: [
        // Without suffix, with another, too long, with dashes.
        "AB123456", "AB123456E", "AB123456CC", "AB-12-34-56-C", "AB123456C1", "",
        // Prefixes that are never allocated, and letters that may not stand first or second.
        "BG123456A", "GB123456A", "KN123456A", "NK123456A", "NT123456A", "TN123456A", "ZZ123456A", "DA123456A", "FA123456A", "IA123456A", "QA123456A",
        "UA123456A", "VA123456A", "AO123456A", "AD123456A",
        // Administrative prefixes, of which CR, MW, NC, GY and JY obey the letter rules.
        "OO123456A", "CR123456A", "FY123456A", "MW123456A", "NC123456A", "GY123456A", "JY123456A",
        // A tax reference, a temporary number, the example, look-alikes, full-width digits, a zero-width space.
        "11A12345", "TN010190M", "QQ123456A", "\u{410}B123456C", "AB\u{ff11}23456C", "AB123456\u{200b}C", "AB123456\u{391}",
    ])
    func whatIsNoNumberIsRefused(text: String) {
        #expect(canonical(text, .nino) == nil)
    }

    /// NIM39110: 20 x 19 letter pairs, seven of which are never allocated.
    @Test func thereAre373PrefixesAndTheAdministrativeOnesAreRefused() {
        let letters = (UInt8(ascii: "A")...UInt8(ascii: "Z")).map { String(decoding: [$0], as: UTF8.self) }
        let count = letters.flatMap { one in letters.map { one + $0 } }.count { canonical($0 + "123456A", .nino) != nil }
        // 373, less CR, MW, NC, GY, JY (OO and FY fail the letter rules already).
        #expect(count == 373 - 5)
    }

    @Test func demonstrationNumbersHavePrefixQQOnly() {
        #expect(canonical("qq 12 34 56 a", .ninoDemo) == "QQ123456A")
        #expect(canonical("AB123456C", .ninoDemo) == nil)
        #expect(canonical("QA123456A", .ninoDemo) == nil)
        #expect(canonical("QQ12345A", .ninoDemo) == nil)
    }

    @Test func postcodesDatesAndReferencesHaveOneForm() {
        #expect(canonical("ec1a1bb", .postcode) == "EC1A 1BB")
        #expect(canonical("GIR0AA", .postcode) == "GIR 0AA")
        #expect(canonical("EC1A 1B", .postcode) == nil)
        #expect(canonical("2000-02-29", .date) == "2000-02-29")
        #expect(canonical("1900-02-29", .date) == nil)
        #expect(canonical("case/2026-1", .opaque) == "case/2026-1")
        #expect(canonical("two words", .opaque) == nil)
        #expect(canonical("caf\u{e9}", .opaque) == nil)
        #expect(canonical("", .opaque) == nil)
        #expect(canonical(String(repeating: "a", count: 65), .opaque) == nil)
    }
}
