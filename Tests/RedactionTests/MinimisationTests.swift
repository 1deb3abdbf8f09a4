import ProtobufWire
import Testing
import Vocabulary

@testable import Redaction

/// T04 constant, T06 truncate, T07 date-generalise, T12 top-bottom-code, T23 predicate.
@Suite struct MinimisationTests {
    // MARK: Truncate

    @Test(arguments: [
        ("Ackermann", 3, "Ack", "ann"), ("Ac", 3, "Ac", "Ac"), ("Ack", 3, "Ack", "Ack"), ("", 3, "", ""), ("é😀ß-", 2, "é😀", "ß-"),
        // Two scalars that look like one character, and a flag of two: counted as they are, never split inside one.
        ("e\u{301}x", 1, "e", "x"), ("e\u{301}x", 2, "e\u{301}", "\u{301}x"), ("\u{1f1ec}\u{1f1e7}", 1, "\u{1f1ec}", "\u{1f1e7}"),
    ])
    func textIsCutAtScalars(text: String, max: Int, first: String, last: String) throws {
        #expect(try transformed(text, "truncate", ["max": "\(max)"]) == first)
        #expect(try transformed(text, "truncate", ["max": "\(max)", "side": "last"]) == last)
    }

    // MARK: Dates

    @Test(arguments: [
        ("2026-01-01", "2026-01", "2026-Q1", "2026", "2025-26", "2025-26"), ("2026-03-31", "2026-03", "2026-Q1", "2026", "2025-26", "2025-26"),
        ("2026-04-01", "2026-04", "2026-Q2", "2026", "2025-26", "2026-27"), ("2026-04-05", "2026-04", "2026-Q2", "2026", "2025-26", "2026-27"),
        ("2026-04-06", "2026-04", "2026-Q2", "2026", "2026-27", "2026-27"), ("2026-09-30", "2026-09", "2026-Q3", "2026", "2026-27", "2026-27"),
        ("2026-12-31", "2026-12", "2026-Q4", "2026", "2026-27", "2026-27"), ("2024-02-29", "2024-02", "2024-Q1", "2024", "2023-24", "2023-24"),
        ("1999-06-15", "1999-06", "1999-Q2", "1999", "1999-00", "1999-00"),
    ])
    func aDayBecomesItsPeriod(day: String, month: String, quarter: String, year: String, taxYear: String, financialYear: String) throws {
        for (unit, expected) in [("month", month), ("quarter", quarter), ("year", year), ("tax_year", taxYear), ("fin_year", financialYear)] {
            #expect(try transformed(day, "date-generalise", ["unit": unit]) == expected)
        }
    }

    @Test(arguments: [
        ("month", "2026-05-01"), ("quarter", "2026-04-01"), ("year", "2026-01-01"), ("tax_year", "2026-04-06"), ("fin_year", "2026-04-01"),
    ])
    func aPeriodCanShowItsFirstDay(unit: String, expected: String) throws {
        #expect(try transformed("2026-05-20", "date-generalise", ["unit": unit, "shape": "first_day"]) == expected)
    }

    @Test(arguments: ["", "2026-02-29", "20/05/2026", "2026-5-20", "2026-05-20T00:00:00Z", "1779235200", " 2026-05-20", "\u{ff12}026-05-20", "0000-01-01"])
    func whatIsNoDayIsDropped(text: String) throws {
        for unit in ["month", "quarter", "year", "tax_year", "fin_year"] { #expect(try transformed(text, "date-generalise", ["unit": unit]) == nil) }
    }

    @Test func aPeriodThatBeganBeforeTheCalendarIsDropped() throws {
        #expect(try transformed("0001-04-05", "date-generalise", ["unit": "tax_year"]) == nil)
        #expect(try transformed("0001-04-06", "date-generalise", ["unit": "tax_year"]) == "0001-02")
    }

    // MARK: Bounds

    @Test(arguments: [
        ("17.99", "17.99", "17.99"), ("90", "90", "90+"), ("90.00", "90", "90+"), ("103", "90", "90+"), ("18", "18", "18"), ("0.5", "0.5", "0.5"),
        ("0", "0", "under 1"), ("-3", "0", "under 1"), ("-0", "0", "under 1"), ("007.50", "7.50", "7.50"), ("abc", nil, nil), ("1e9", nil, nil),
    ] as [(String, String?, String?)])
    func aNumberBeyondABoundBecomesIt(value: String, bound: String?, label: String?) throws {
        #expect(try transformed(value, "top-bottom-code", ["lo": "0", "hi": "90"]) == bound)
        #expect(try transformed(value, "top-bottom-code", ["lo": "0", "hi": "90", "labels": "under 1,90+"]) == label)
    }

    @Test func oneBoundIsEnough() throws {
        #expect(try transformed("-5", "top-bottom-code", ["hi": "90"]) == "-5")
        #expect(try transformed("91", "top-bottom-code", ["hi": "90"]) == "90")
        #expect(try transformed("91", "top-bottom-code", ["lo": "10"]) == "91")
        #expect(try transformed("9", "top-bottom-code", ["lo": "10", "labels": "10 or less"]) == "10 or less")
    }

    @Test func wholeNumbersAndDoublesKeepTheirType() throws {
        let schema = try dataset([
            FieldSchema(number: 1, name: "children", type: .scalar(.uint32), cardinality: .repeated),
            FieldSchema(number: 2, name: "rate", type: .scalar(.double), cardinality: .optional),
        ])
        let program = try program(schema, [rule("children", "top-bottom-code", ["hi": "5"]), rule("rate", "top-bottom-code", ["lo": "1", "hi": "10"])])
        func record(_ rate: Double) -> [UInt8] {
            Wire().block(1, [0, 3, 5, 6, 11]).raw([0x11] + (0..<8).map { UInt8(truncatingIfNeeded: rate.bitPattern >> (8 * $0)) }).bytes
        }
        func coded(_ rate: Double) -> [UInt8] { Wire().block(1, [0, 3, 5, 5, 5]).bytes + record(rate).suffix(9) }
        #expect(try redact(record(10.5), by: program) == coded(10))
        #expect(try redact(record(-2), by: program) == coded(1))
        #expect(try redact(record(2.25), by: program) == coded(2.25))
        for rate in [Double.infinity, -.infinity, .nan] { #expect(try redact(record(rate), by: program) == Wire().block(1, [0, 3, 5, 5, 5]).bytes) }
    }

    // MARK: Predicate

    /// Nil where nothing leaves.
    private func outcome(_ text: String, _ parameters: [String: String], on day: String = "2026-11-23") throws -> Bool? {
        let schema = try dataset([FieldSchema(number: 1, name: "value", type: .scalar(.string), cardinality: .optional)])
        let bytes = try redact(
            Wire().text(1, text).bytes, by: program(schema, [rule("value", "predicate", parameters)]), date: try #require(CalendarDate(day)))
        switch bytes {
        case [8, 1]: return true
        case [8, 0]: return false
        default: return nil
        }
    }

    @Test(arguments: [
        ("eq", "16000.00", true), ("eq", "16000.01", false), ("ne", "16000", false), ("ne", "15999", true), ("lt", "15999.99", true), ("lt", "16000", false), ("le", "16000", true),
        ("le", "16000.01", false), ("gt", "16000.01", true), ("gt", "16000", false), ("ge", "16000", true), ("ge", "15999.99", false), ("ge", "-16000", false),
        ("lt", "", nil), ("lt", "nil", nil), ("ne", "nil", nil), ("lt", "1,000", nil),
    ] as [(String, String, Bool?)])
    func aNumberIsCompared(comparison: String, value: String, expected: Bool?) throws {
        #expect(try outcome(value, ["as": "number", "op": comparison, "value": "16000"]) == expected)
    }

    @Test(arguments: [
        ("2008-11-23", "2026-11-23", true), ("2008-11-24", "2026-11-23", false), ("2008-02-29", "2026-02-28", false), ("2008-02-29", "2026-03-01", true),
        ("2026-11-24", "2026-11-23", nil), ("unknown", "2026-11-23", nil), ("2008-11-31", "2026-11-23", nil),
    ] as [(String, String, Bool?)])
    func over18IsAskedOnTheDayOfTheExchange(born: String, day: String, expected: Bool?) throws {
        #expect(try outcome(born, ["as": "age", "op": "ge", "value": "18"], on: day) == expected)
    }

    @Test func datesAndTextAreCompared() throws {
        #expect(try outcome("2026-11-23", ["as": "date", "op": "lt", "value": "exchange_date"]) == false)
        #expect(try outcome("2026-11-22", ["as": "date", "op": "lt", "value": "exchange_date"]) == true)
        #expect(try outcome("2026-11-23", ["as": "date", "op": "in", "value": "2026-01-01,2026-11-23"]) == true)
        #expect(try outcome("PIP", ["as": "text", "op": "in", "value": "DLA,PIP"]) == true)
        #expect(try outcome("pip", ["as": "text", "op": "in", "value": "DLA,PIP"]) == false)
        #expect(try outcome("pip", ["as": "text", "op": "ne", "value": "PIP"]) == true)
    }

    @Test func aNoIsNotTheSameAsNoValue() throws {
        let status = try EnumSchema(name: "Status", values: [.init(name: "NONE", number: 0), .init(name: "LIVE", number: 1), .init(name: "ENDED", number: 2)])
        let schema = try dataset([
            FieldSchema(number: 1, name: "pence", type: .scalar(.int64), cardinality: .singular),
            FieldSchema(number: 2, name: "status", type: .enumeration(status), cardinality: .singular),
            FieldSchema(number: 3, name: "scores", type: .scalar(.int32), cardinality: .repeated), FieldSchema(number: 4, name: "notes", type: .scalar(.string), cardinality: .repeated),
        ])
        let program = try program(
            schema,
            [
                rule("pence", "predicate", ["as": "number", "op": "lt", "value": "100"]), rule("status", "predicate", ["as": "text", "op": "eq", "value": "LIVE"]),
                rule("scores", "predicate", ["as": "number", "op": "ge", "value": "5"]), rule("notes", "predicate", ["as": "number", "op": "ge", "value": "5"]),
            ])
        #expect(program.outputSchema.root.fields.map(\.cardinality) == [.optional, .optional, .repeated, .repeated])
        #expect(program.outputSchema.root.fields.allSatisfy { $0.type == .scalar(.bool) })
        let record = Wire().number(1, 250).number(2, 2).block(3, [4, 5, 6]).text(4, "9").text(4, "x").text(4, "1")
        #expect(try redact(record.bytes, by: program) == Wire().number(1, 0).number(2, 0).block(3, [0, 1, 1]).block(4, [1, 0]).bytes)
        // No value, an undefined enum number: no answer, and not a no.
        #expect(try redact(Wire().number(2, 7).bytes, by: program) == [])
    }

    @Test func aFailureCanWithholdTheRecord() throws {
        let schema = try dataset([FieldSchema(number: 1, name: "value", type: .scalar(.string), cardinality: .optional)])
        for (name, parameters) in [
            ("predicate", ["as": "number", "op": "lt", "value": "1"]), ("date-generalise", ["unit": "year"]), ("top-bottom-code", ["hi": "1"]),
        ] {
            let failing = parameters.merging(["on_error": "fail"]) { old, _ in old }
            #expect(try redact(Wire().text(1, "nonsense").bytes, by: program(schema, [rule("value", name, failing)])) == nil)
            #expect(try redact(Wire().text(1, "nonsense").bytes, by: program(schema, [rule("value", name, parameters)])) == [])
            #expect(try redact([], by: program(schema, [rule("value", name, failing)])) == [])
        }
    }

    @Test func textOverTheLimitIsNotTransformed() throws {
        let schema = try dataset([FieldSchema(number: 1, name: "value", type: .scalar(.string), cardinality: .optional)])
        let longest = String(repeating: "x", count: RedactionLimits.standard.maxTransformedTextBytes)
        for (name, parameters) in [("truncate", ["max": "1"]), ("constant", ["value": "x"])] {
            let program = try program(schema, [rule("value", name, parameters)])
            #expect(try redact(Wire().text(1, longest).bytes, by: program) == Wire().text(1, "x").bytes)
            #expect(try redact(Wire().text(1, longest + "x").bytes, by: program) == [])
        }
    }
}
