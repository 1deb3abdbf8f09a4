import Cryptography
import ProtobufWire
import Testing
import Vocabulary

@testable import Redaction

/// Each transform against the oracle's own implementation of it, on values that are made for it: many dates, decimals, postcodes and numbers near
/// every bound, which the random records of `OracleTests` hold too few of.
@Suite struct PlainTransformTests {
    private static let values = 1_200

    @Test(arguments: TransformCases.texts)
    func textsAgree(name: String, parameters: [String: String]) throws {
        let schema = try dataset([FieldSchema(number: 1, name: "value", type: .scalar(.string), cardinality: .optional)])
        var random = Seeded(UInt64(name.utf8.count) &* 7_919)
        try compare(schema, name, parameters) { Wire().text(1, TransformCases.text(&random)).bytes }
    }

    @Test(arguments: TransformCases.numbers)
    func wholeNumbersAgree(name: String, parameters: [String: String]) throws {
        var random = Seeded(0x5eed)
        for type in [ScalarType.int64, .uint64, .sint32, .fixed32] {
            let schema = try dataset([FieldSchema(number: 1, name: "value", type: .scalar(type), cardinality: .optional)])
            try compare(schema, name, parameters) {
                let raw = type.canonical(TransformCases.number(&random))
                return type.wireType == .varint ? Wire().number(1, raw).bytes : Wire().raw([0x0d] + (0..<4).map { UInt8(truncatingIfNeeded: raw >> (8 * $0)) }).bytes
            }
        }
    }

    @Test(arguments: TransformCases.reals)
    func doublesAgree(name: String, parameters: [String: String]) throws {
        let schema = try dataset([FieldSchema(number: 1, name: "value", type: .scalar(.double), cardinality: .optional)])
        var random = Seeded(0xd0)
        try compare(schema, name, parameters) {
            let bits = TransformCases.real(&random).bitPattern
            return Wire().raw([0x09] + (0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }).bytes
        }
    }

    private func compare(_ schema: DatasetSchema, _ name: String, _ parameters: [String: String], _ record: () -> [UInt8]) throws {
        let program = try program(schema, [rule("value", name, parameters)])
        let oracle = try RedactionOracle(
            program: program, root: PseudonymRoot(epoch: 1, secret: testKey), salts: try firstSalts(of: program), exchangeDate: testDate, evidence: .field)
        let keys = try TransformKeys(for: program, root: PseudonymRoot(epoch: 1, secret: testKey))
        var left = 0
        for _ in 0..<Self.values {
            let bytes = record()
            var run = try RedactionRun(program: program, keys: keys, xk: testKey, exchangeDate: testDate, evidence: .field)
            let expected = oracle.redact(bytes)
            guard case .released(let released) = run.apply(bytes) else {
                try #require(expected == .withheld, "\(name) \(parameters) of \(bytes)")
                continue
            }
            if !released.bytes.isEmpty { left += 1 }
            let got = RedactionOracle.Outcome.released(
                bytes: released.bytes, commitment: released.commitment, dispositions: released.opening.fields.map(\.disposition))
            try #require(got == expected, "\(name) \(parameters) of \(bytes)")
        }
        // Where nearly nothing has a transformed form, the comparison says little.
        #expect(left > Self.values / 50)
    }
}

/// Rules with values that reach their edges.
enum TransformCases {
    static let texts: [(String, [String: String])] = [
        ("mask", [:]), ("mask", ["keep_first": "2", "keep_last": "3", "min_hidden": "2", "fixed_len": "3", "char": "#"]),
        ("mask", ["keep_first": "1", "keep_last": "2", "preserve_len": "true", "keep_set": "- ."]),
        ("age-band", ["bands": "0,1,18,25,64,65", "top": "90"]), ("age-band", ["bands": "16,17", "ref": "2000-02-29", "top": "18"]),
        ("postcode", ["level": "area"]), ("postcode", ["level": "district"]), ("postcode", ["level": "sector", "on_error": "fail"]),
        ("bucket", ["edges": "-10.5,0,0.001,100,1000"]), ("bucket", ["edges": "-1,1,5", "labels": "low,high", "out_of_range": "clamp"]),
        ("round", ["base": "5"]), ("round", ["base": "0.5", "mode": "half_up"]), ("round", ["base": "0.000001"]), ("round", ["base": "1000000000000"]),
        ("pseudonym", ["scope": "agreement", "domain": "nino", "canon": "nino.demo.v1"]),
        ("pseudonym", ["scope": "recipient", "domain": "postcode", "canon": "postcode.v1", "bytes": "32"]),
        ("pseudonym", ["scope": "project:p-1", "domain": "dob", "canon": "date.v1"]),
        ("pseudonym", ["scope": "agreement", "domain": "ref", "canon": "opaque.v1"]),
        ("constant", ["value": "é"]), ("truncate", ["max": "1"]), ("truncate", ["max": "4", "side": "last"]),
        ("date-generalise", ["unit": "month"]), ("date-generalise", ["unit": "quarter", "shape": "first_day"]), ("date-generalise", ["unit": "quarter"]),
        ("date-generalise", ["unit": "year"]), ("date-generalise", ["unit": "tax_year"]), ("date-generalise", ["unit": "fin_year", "shape": "first_day"]),
        ("top-bottom-code", ["hi": "5"]), ("top-bottom-code", ["lo": "-0.5", "hi": "7.50", "labels": "low,high"]),
        ("predicate", ["as": "number", "op": "lt", "value": "2.5"]), ("predicate", ["as": "number", "op": "in", "value": "0,1,2.5,100"]),
        ("predicate", ["as": "number", "op": "ne", "value": "5", "on_error": "fail"]), ("predicate", ["as": "date", "op": "le", "value": "exchange_date"]),
        ("predicate", ["as": "number", "op": "le", "value": "2.5"]), ("predicate", ["as": "number", "op": "eq", "value": "7.5"]),
        ("predicate", ["as": "number", "op": "gt", "value": "1"]), ("predicate", ["as": "text", "op": "ne", "value": "1000"]),
        ("predicate", ["as": "date", "op": "lt", "value": "exchange_date"]), ("predicate", ["as": "date", "op": "ge", "value": "2026-11-23"]),
        ("predicate", ["as": "date", "op": "gt", "value": "2004-02-29"]), ("predicate", ["as": "age", "op": "lt", "value": "65", "on_error": "fail"]), ("predicate", ["as": "age", "op": "ge", "value": "18"]),
        ("predicate", ["as": "age", "op": "eq", "value": "22", "ref": "2026-02-28"]), ("predicate", ["as": "text", "op": "in", "value": "0,1,100,é"]), ("exists", [:]),
    ]

    static let numbers: [(String, [String: String])] = [
        ("bucket", ["edges": "-10,0,10,100"]), ("bucket", ["edges": "-1,1,5", "labels": "low,high", "out_of_range": "clamp"]), ("round", ["base": "10"]),
        ("round", ["base": "7", "mode": "half_up"]), ("round", ["base": "1000000000000", "on_error": "fail"]),
        ("constant", ["value": "7"]), ("top-bottom-code", ["lo": "5", "hi": "100"]), ("top-bottom-code", ["lo": "1", "labels": "at most 1"]),
        ("predicate", ["as": "number", "op": "ge", "value": "18"]), ("predicate", ["as": "number", "op": "le", "value": "5"]),
        ("predicate", ["as": "number", "op": "lt", "value": "5"]), ("predicate", ["as": "number", "op": "gt", "value": "5"]), ("predicate", ["as": "number", "op": "in", "value": "0,5,7"]), ("exists", [:]),
    ]

    static let reals: [(String, [String: String])] = [("round", ["base": "5"]), ("round", ["base": "3", "mode": "half_up"]), ("round", ["base": "1000000"]), ("top-bottom-code", ["lo": "-100", "hi": "0"])]

    static func text(_ random: inout Seeded) -> String {
        switch random.below(6) {
        case 0:
            let years = [1_900, 1_936, 1_961, 1_982, 2_000, 2_004, 2_008, 2_024, 2_026, 2_027]
            // The exchange is on 23 November 2026: birthdays fall on it, and around the end of February.
            let days = ["11-22", "11-23", "11-24", "02-28", "02-29", "03-01", "04-05", "04-06", "12-31"]
            let day = random.chance(50) ? random.pick(days) : "\(padded(random.below(13)))-\(padded(random.below(32)))"
            return "\(random.pick(years))-\(day)"
        case 1:
            let digits = (0...random.below(9)).map { _ in "\(random.below(10))" }.joined()
            let fraction = random.chance(50) ? "." + (0...random.below(9)).map { _ in "\(random.pick([0, 0, 2, 5, 9]))" }.joined() : ""
            return (random.chance(30) ? "-" : "") + digits + fraction
        case 2: return (random.chance(30) ? "-" : "") + random.pick(["0", "1", "2.5", "5", "7.5", "0.25", "-0", "10.5", "100", "1000", "999999999999999999", "00.10"])
        case 3:
            let shapes = ["A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA", "AA99AA", "aa9 9aa", "GIR 0AA", "BX1 1LT", "AA999 9AA"]
            return filled(random.pick(shapes), &random)
        case 4: return filled(random.pick(["QQ999999A", "QQ 99 99 99 B", "qq999999c", "QQ999999E", "AA999999D"]), &random)
        default:
            let scalars = ["a", "Z", "9", "-", " ", ".", "é", "\u{200b}", "e\u{301}", "😀", "\u{1f1ec}\u{1f1e7}"]
            return (0..<random.below(12)).map { _ in random.pick(scalars) }.joined()
        }
    }

    static func number(_ random: inout Seeded) -> UInt64 {
        let edges: [UInt64] = [0, 1, 5, .max, .max - 4, .max - 5, 1 << 63, 0x8000_0000_0000_0001, 0x7fff_ffff_ffff_ffff, 0x7fff_ffff, 0xffff_ffff, 0xffff_fffb]
        switch random.below(4) {
        case 0: return UInt64(bitPattern: Int64(random.below(2_048) - 1_024))
        case 1: return random.pick(edges)
        case 2: return random.next() >> UInt64(random.below(64))
        default: return UInt64(random.below(120))
        }
    }

    static func real(_ random: inout Seeded) -> Double {
        let edges: [Double] = [
            .nan, .infinity, -.infinity, 0, -0.0, 0.1, -0.1, 1e300, .leastNonzeroMagnitude, 9_007_199_254_740_991, -9_007_199_254_740_992, 9_007_199_254_740_994,
        ]
        switch random.below(4) {
        case 0: return Double(random.below(4_001) - 2_000) / 4
        case 1: return random.pick(edges)
        case 2: return Double(bitPattern: random.next())
        default: return Double(random.below(1 << 40)) / 1_024
        }
    }

    /// Letters for A and a, digits for 9.
    private static func filled(_ shape: String, _ random: inout Seeded) -> String {
        shape.map { character in
            switch character {
            case "A": String(random.pick(Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")))
            case "a": String(random.pick(Array("abcdefghijklmnopqrstuvwxyz")))
            case "9": String(random.below(10))
            default: String(character)
            }
        }.joined()
    }

    private static func padded(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
