import ProtobufWire
import Testing
import Vocabulary

@testable import Redaction

/// T08 age band, T09 postcode, T10 bucket, T11 round (matrix E1, E4).
@Suite struct GeneralisationTests {
    private static let bands = ["bands": "0,18,25,35,50,65", "top": "90"]

    @Test(arguments: [
        // The day itself, and the days around an 18th birthday.
        ("2008-11-23", "2026-11-23", "18-24"), ("2008-11-24", "2026-11-23", "0-17"), ("2008-11-22", "2026-11-23", "18-24"),
        ("2026-11-23", "2026-11-23", "0-17"), ("1961-11-23", "2026-11-23", "65-89"), ("1936-11-24", "2026-11-23", "65-89"),
        ("1936-11-23", "2026-11-23", "90+"), ("1900-01-01", "2026-11-23", "90+"), ("1976-11-24", "2026-11-23", "35-49"),
        // Born on 29 February: a year is complete on 1 March of a common year and on 29 February of a leap year.
        ("2008-02-29", "2026-02-28", "0-17"), ("2008-02-29", "2026-03-01", "18-24"), ("2004-02-29", "2022-02-28", "0-17"),
        ("2006-02-28", "2024-02-28", "18-24"), ("1999-02-28", "2024-02-29", "25-34"), ("2008-02-29", "2033-02-28", "18-24"), ("2008-02-29", "2033-03-01", "25-34"),
    ])
    func aDateOfBirthBecomesABand(born: String, on day: String, expected: String) throws {
        #expect(try transformed(born, "age-band", Self.bands, date: try #require(CalendarDate(day))) == expected)
    }

    @Test(arguments: [
        "", "2026-11-24", "31/04/1990", "1990-04-31", "1900-02-29", "90-04-30", "1990-4-30", "1990-04-30T00:00:00Z", " 1990-04-30", "1990-04-30 ",
        "\u{ff11}990-04-30", "0000-01-01", "unknown",
    ])
    func aDateThatIsNoneOrInTheFutureIsDropped(born: String) throws {
        #expect(try transformed(born, "age-band", Self.bands, date: try #require(CalendarDate("2026-11-23"))) == nil)
    }

    @Test func theReferenceDayCanBeFixed() throws {
        var parameters = Self.bands
        parameters["ref"] = "2020-01-01"
        #expect(try transformed("2002-01-02", "age-band", parameters) == "0-17")
        #expect(try transformed("2002-01-01", "age-band", parameters) == "18-24")
    }

    @Test func anAgeUnderTheFirstBandIsDropped() throws {
        #expect(try transformed("2020-01-01", "age-band", ["bands": "18,65", "ref": "2026-01-01"]) == nil)
    }

    @Test(arguments: [
        ("LS1 4AP", "LS", "LS1", "LS1 4"), ("ls14ap", "LS", "LS1", "LS1 4"), (" L S 1 4 A P ", "LS", "LS1", "LS1 4"), ("M1 1AE", "M", "M1", "M1 1"),
        ("B33 8TH", "B", "B33", "B33 8"), ("CR2 6XH", "CR", "CR2", "CR2 6"), ("DN55 1PT", "DN", "DN55", "DN55 1"), ("W1A 0AX", "W", "W1A", "W1A 0"),
        ("EC1A 1BB", "EC", "EC1A", "EC1A 1"),
    ])
    func aPostcodeIsCut(text: String, area: String, district: String, sector: String) throws {
        #expect(try transformed(text, "postcode", ["level": "area"]) == area)
        #expect(try transformed(text, "postcode", ["level": "district"]) == district)
        #expect(try transformed(text, "postcode", ["level": "sector"]) == sector)
    }

    @Test(arguments: [
        // Stand for no place: Girobank, banks, forces, health service codes.
        "GIR 0AA", "BX1 1LT", "BFPO 1", "BF1 2AT", "ZZ99 3VZ",
        // Not postcodes.
        "", "LS1", "LS1 4A", "LS1 4APX", "QS1 4AP", "LJ1 4AP", "LS1 4CP", "1LS 4AP", "LS1-4AP", "\u{ff2c}S1 4AP", "XX LS1 4AP", "LS1C 4AP9",
    ])
    func whatIsNoPlaceIsDropped(text: String) throws {
        for level in ["area", "district", "sector"] { #expect(try transformed(text, "postcode", ["level": level]) == nil) }
    }

    @Test(arguments: [
        ("0", "low"), ("99.99", "low"), ("100", "mid"), ("100.00", "mid"), ("249.999", "mid"), ("250", "high"), ("499.99", "high"), ("-0", "low"),
        ("-0.01", nil), ("500", nil), ("", nil), ("1e2", nil), ("+5", nil), (" 5", nil), ("5.", nil), (".5", nil), ("NaN", nil), ("1,000", nil),
        ("\u{ff15}", nil), ("1234567890123456789", nil),
    ] as [(String, String?)])
    func aNumberBecomesTheLabelOfItsRange(value: String, expected: String?) throws {
        #expect(try transformed(value, "bucket", ["edges": "0,100,250,500", "labels": "low,mid,high"]) == expected)
    }

    @Test func outOfRangeCanClamp() throws {
        let parameters = ["edges": "0,100,250", "labels": "low,high", "out_of_range": "clamp"]
        #expect(try transformed("-5", "bucket", parameters) == "low")
        #expect(try transformed("250", "bucket", parameters) == "high")
        #expect(try transformed("x", "bucket", parameters) == nil)
    }

    @Test func labelsSayTheirRangeByThemselves() throws {
        #expect(try transformed("120", "bucket", ["edges": "0,100,250"]) == "100 to under 250")
    }

    @Test(arguments: [
        ("0", "0", "0"), ("2", "0", "0"), ("2.4", "0", "0"), ("2.5", "0", "5"), ("3", "5", "5"), ("7.5", "10", "10"), ("12.5", "10", "15"),
        ("-2.5", "0", "-5"), ("-7.5", "-10", "-10"), ("-2.4", "0", "0"), ("95.75", "95", "95"), ("97.51", "100", "100"),
        ("123456789012345678", "123456789012345680", "123456789012345680"),
    ])
    func aDecimalIsRounded(value: String, even: String, up: String) throws {
        #expect(try transformed(value, "round", ["base": "5", "mode": "half_even"]) == even)
        #expect(try transformed(value, "round", ["base": "5", "mode": "half_up"]) == up)
    }

    @Test func roundedTextHasThePlacesOfTheBase() throws {
        #expect(try transformed("12.345", "round", ["base": "0.01"]) == "12.34")
        #expect(try transformed("12.355", "round", ["base": "0.01"]) == "12.36")
        #expect(try transformed("12", "round", ["base": "0.50"]) == "12.00")
        #expect(try transformed("abc", "round", ["base": "0.50"]) == nil)
    }

    /// Doubles: exact at halves, nothing for what is not a number or too large to be exact.
    @Test(arguments: [
        (95.0, 95.0), (97.5, 100.0), (92.5, 90.0), (-92.5, -90.0), (-1.0, 0.0), (0.1, 0.0), (9_007_199_254_740_990.0, 9_007_199_254_740_990.0),
        (.infinity, nil), (.nan, nil), (9_007_199_254_740_994.0, nil), (-.infinity, nil),
    ] as [(Double, Double?)])
    func aDoubleIsRounded(value: Double, expected: Double?) throws {
        guard case .round(let rounding) = try transform("round", ["base": "5"]).kind else {
            Issue.record("not a rounding")
            return
        }
        let result = rounding.apply(value)
        #expect(result == expected)
        #expect(result?.sign != .minus || value < -2.5)
    }

    /// 2^53 is two more than a multiple of 3; the next multiple is no double.
    @Test(arguments: [-9_007_199_254_740_992.0, 9_007_199_254_740_992.0])
    func aMultipleThatIsNoDoubleIsDropped(value: Double) throws {
        guard case .round(let rounding) = try transform("round", ["base": "3"]).kind else {
            Issue.record("not a rounding")
            return
        }
        #expect(rounding.apply(value) == nil)
        #expect(rounding.apply(9_007_199_254_740_991.0) == 9_007_199_254_740_990.0)
    }

    /// The bounds of a type: what rounds past them has no form in it and is dropped.
    @Test(arguments: [
        (.int32, 2_147_483_644, 2_147_483_640), (.int32, 2_147_483_647, nil), (.int32, -2_147_483_644, -2_147_483_640), (.int32, -2_147_483_648, nil),
        (.uint32, 4_294_967_295, nil), (.uint64, 18_446_744_073_709_551_614, 18_446_744_073_709_551_610), (.uint64, 18_446_744_073_709_551_615, nil),
        (.sint64, -9_223_372_036_854_775_804, -9_223_372_036_854_775_800), (.int64, -9_223_372_036_854_775_808, nil), (.sfixed32, -16, -20), (.fixed64, 14, 10),
        (.int64, 4, 0),
    ] as [(ScalarType, Int128, Int128?)])
    func aWholeNumberIsRoundedInsideItsType(type: ScalarType, value: Int128, expected: Int128?) throws {
        guard case .round(let rounding) = try transform("round", ["base": "10"]).kind, let raw = type.raw(value) else {
            Issue.record("fixture")
            return
        }
        let compiled = CompiledTransform(Transform(kind: .round(rounding), onError: .drop), type: .scalar(type), keyIndex: -1)
        var scratch: [UInt8] = []
        switch compiled.apply(number: raw, type: type, inputs: TransformInputs(exchangeDate: testDate, keys: []), into: &scratch) {
        case .number(let result): #expect(type.integer(result) == expected)
        case .failed: #expect(expected == nil)
        case .text, .flag: Issue.record("a number stays a number")
        }
    }

    @Test func transformsOfRepeatedFieldsTakeEachElement() throws {
        let schema = try dataset([
            FieldSchema(number: 1, name: "pence", type: .scalar(.int64), cardinality: .repeated),
            FieldSchema(number: 2, name: "codes", type: .scalar(.string), cardinality: .repeated),
        ])
        let record = Wire().block(1, [4, 6, 15]).text(2, "LS1 4AP").text(2, "nowhere").text(2, "M1 1AE").bytes
        let rounded = try program(schema, [rule("pence", "round", ["base": "10"]), rule("codes", "postcode", ["level": "area"])])
        // 15 is half way and goes to the even multiple; what is no postcode is left out.
        #expect(try redact(record, by: rounded) == Wire().block(1, [0, 10, 20]).text(2, "LS").text(2, "M").bytes)
        let labelled = try program(schema, [rule("pence", "bucket", ["edges": "0,5,10", "labels": "low,high"])])
        #expect(try redact(record, by: labelled) == Wire().text(1, "low").text(1, "high").bytes)
    }
}
