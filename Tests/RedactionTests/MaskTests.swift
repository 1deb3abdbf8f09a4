import Testing

@testable import Redaction

/// T05, with counts of Unicode scalars.
@Suite struct MaskTests {
    /// Matrix E2: 0 to 12 scalars with four kept at the end. Under 4 + 4 scalars everything is hidden, and the hidden part is always eight marks.
    @Test(arguments: [
        (0, "********"), (1, "********"), (2, "********"), (3, "********"), (4, "********"), (5, "********"), (6, "********"), (7, "********"),
        (8, "********5678"), (9, "********6789"), (10, "********789A"), (11, "********89AB"), (12, "********9ABC"),
    ])
    func aShortValueIsHiddenWhole(count: Int, expected: String) throws {
        let value = String("123456789ABC".prefix(count))
        #expect(try transformed(value, "mask", ["keep_last": "4"]) == expected)
    }

    @Test(arguments: [
        (["keep_first": "2"], "QQ123456A", "QQ********"),
        (["keep_first": "2", "keep_last": "1"], "QQ123456A", "QQ********A"),
        (["char": "x", "fixed_len": "3"], "QQ123456A", "xxx"),
        (["keep_last": "2", "preserve_len": "true"], "12-34-56", "******56"),
        (["keep_last": "2", "preserve_len": "true", "keep_set": "-"], "12-34-56", "**-**-56"),
        (["keep_last": "4", "min_hidden": "1", "fixed_len": "1"], "12345", "*2345"),
        (["keep_last": "4", "min_hidden": "1", "fixed_len": "1"], "1234", "*"),
    ] as [([String: String], String, String)])
    func theParametersDoWhatTheySay(parameters: [String: String], value: String, expected: String) throws {
        #expect(try transformed(value, "mask", parameters) == expected)
    }

    @Test func scalarsAreNeverSplit() throws {
        // Nine scalars, of which the last is four bytes long and the eighth three.
        #expect(try transformed("éééééab\u{20ac}\u{1f600}", "mask", ["keep_last": "2"]) == "********\u{20ac}\u{1f600}")
        #expect(try transformed("\u{20ac}é12345678", "mask", ["keep_first": "2", "preserve_len": "true"]) == "\u{20ac}é********")
    }

    @Test func theLengthOfTheHiddenPartDoesNotShow() throws {
        let short = try transformed("12345678", "mask", ["keep_last": "4"])
        let long = try transformed(String(repeating: "0", count: 500) + "5678", "mask", ["keep_last": "4"])
        #expect(short == long)
    }

    @Test func whatIsMaskedAlreadyStaysMasked() throws {
        #expect(try transformed("********5678", "mask", ["keep_last": "4"]) == "********5678")
    }
}
