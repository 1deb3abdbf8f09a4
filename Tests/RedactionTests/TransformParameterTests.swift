import Testing
import Vocabulary

@testable import Redaction

@Suite struct TransformParameterTests {
    @Test func aTransformPrintsWhatItReads() throws {
        let mask = try Transform(name: "mask", parameters: [Transform.Parameter("keep_last", "4")])
        #expect(mask.description == "mask char=* fixed_len=8 keep_last=4 min_hidden=4")
        #expect(try Transform(name: mask.name, parameters: mask.parameters) == mask)
        #expect(try Transform(canonicalBytes: mask.canonicalBytes) == mask)
    }

    @Test func anUnknownTransformIsRefused() {
        #expect(throws: RedactionFault.transform(
            name: "obscure", parameter: "", reason:
                "unknown; use one of allow, drop, null, constant, mask, truncate, date-generalise, age-band, postcode, bucket, round, top-bottom-code, pseudonym, predicate, exists")
        ) { try Transform(name: "obscure") }
    }

    @Test func anUnknownParameterIsRefused() {
        #expect(throws: RedactionFault.transform(name: "allow", parameter: "level", reason: "allow has no such parameter; remove it")) {
            try Transform(name: "allow", parameters: [Transform.Parameter("level", "area")])
        }
    }

    @Test func aParameterGivenTwiceIsRefused() {
        #expect(throws: RedactionFault.transform(name: "mask", parameter: "keep_last", reason: "given twice; keep one")) {
            try Transform(name: "mask", parameters: [Transform.Parameter("keep_last", "4"), Transform.Parameter("keep_last", "2")])
        }
    }

    @Test func aPseudonymWithoutCanonIsRefused() {
        #expect(throws: RedactionFault.self) {
            try Transform(name: "pseudonym", parameters: [Transform.Parameter("scope", "agreement"), Transform.Parameter("domain", "nino")])
        }
    }

    @Test(arguments: [
        ("age-band", ["bands": "0,18,18"]), ("age-band", ["bands": ""]), ("age-band", ["bands": "0,95", "top": "90"]),
        ("age-band", ["bands": "0", "ref": "yesterday"]), ("postcode", [:]), ("postcode", ["level": "unit"]), ("bucket", ["edges": "5"]),
        ("bucket", ["edges": "5,4"]), ("bucket", ["edges": "0,1,2", "labels": "a"]), ("round", ["base": "0"]), ("round", ["base": "-5"]),
        ("round", ["base": "1e3"]), ("round", ["base": "5", "mode": "keyed_random"]), ("mask", ["char": "ab"]), ("mask", ["char": "\u{20ac}"]),
        ("mask", ["keep_last": "-1"]), ("mask", ["keep_last": "04"]), ("mask", ["keep_set": "-"]),
        ("pseudonym", ["scope": "world", "domain": "nino", "canon": "nino.v1"]),
        ("pseudonym", ["scope": "agreement", "domain": "NINO", "canon": "nino.v1"]),
        ("pseudonym", ["scope": "agreement", "domain": "nino", "canon": "nino.v1", "bytes": "8"]),
        ("null", ["notice": "no"]), ("constant", [:]), ("constant", ["value": ""]), ("constant", ["value": "a\u{7}"]), ("constant", ["value": "x", "only_if_present": "no"]), ("constant", ["value": "x", "only_if_present": "false", "on_error": "fail"]), ("truncate", [:]),
        ("truncate", ["max": "0"]), ("truncate", ["max": "1025"]), ("truncate", ["max": "3", "side": "left"]), ("date-generalise", [:]), ("date-generalise", ["unit": "decade"]),
        ("date-generalise", ["unit": "year", "tz": "UTC"]), ("top-bottom-code", [:]), ("top-bottom-code", ["lo": "5", "hi": "5"]), ("top-bottom-code", ["hi": "05"]),
        ("top-bottom-code", ["hi": "5", "labels": "a,b"]), ("top-bottom-code", ["lo": "1", "hi": "5", "labels": "a,a"]), ("predicate", ["op": "eq", "value": "1"]),
        ("predicate", ["as": "number", "op": "eq"]), ("predicate", ["as": "number", "op": "eq", "value": "1.50x"]), ("predicate", ["as": "text", "op": "lt", "value": "b"]),
        ("predicate", ["as": "date", "op": "lt", "value": "today"]), ("predicate", ["as": "age", "op": "ge", "value": "151"]), ("predicate", ["as": "number", "op": "in", "value": "1,1"]),
        ("predicate", ["as": "number", "op": "ge", "value": "18", "ref": "2026-01-01"]), ("exists", ["value": "x"]),
    ] as [(String, [String: String])])
    func aParameterOutOfRangeIsRefused(name: String, parameters: [String: String]) {
        #expect(throws: RedactionFault.self) {
            try Transform(name: name, parameters: parameters.map { Transform.Parameter($0.key, $0.value) })
        }
    }

    /// The bounds of texts and lists, reached and passed by one.
    @Test func parametersHaveBounds() throws {
        func constant(_ count: Int) throws { _ = try transform("constant", ["value": String(repeating: "x", count: count)]) }
        func among(_ count: Int) throws { _ = try transform("predicate", ["as": "number", "op": "in", "value": (0..<count).map(String.init).joined(separator: ",")]) }
        func equal(_ count: Int) throws { _ = try transform("predicate", ["as": "text", "op": "eq", "value": String(repeating: "x", count: count)]) }
        try constant(Constant.maxBytes)
        try among(Predicate.maxValues)
        try equal(Predicate.maxValueBytes)
        _ = try transform("truncate", ["max": String(Truncation.maxScalars.upperBound)])
        #expect(throws: RedactionFault.self) { try constant(Constant.maxBytes + 1) }
        #expect(throws: RedactionFault.self) { try among(Predicate.maxValues + 1) }
        #expect(throws: RedactionFault.self) { try equal(Predicate.maxValueBytes + 1) }
        #expect(throws: RedactionFault.self) { try transform("truncate", ["max": String(Truncation.maxScalars.upperBound + 1)]) }
    }

    @Test(arguments: TransformCases.texts + TransformCases.numbers + TransformCases.reals)
    func everyTransformReadsBackFromItsBytes(name: String, parameters: [String: String]) throws {
        let value = try transform(name, parameters)
        #expect(try Transform(name: value.name, parameters: value.parameters) == value)
        #expect(try Transform(canonicalBytes: value.canonicalBytes) == value)
        #expect(Transform.names.contains(value.name))
    }
}
