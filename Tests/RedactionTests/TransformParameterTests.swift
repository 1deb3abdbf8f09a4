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
            name: "obscure", parameter: "", reason: "unknown; use one of allow, drop, mask, age-band, postcode, bucket, round, pseudonym")
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
    ] as [(String, [String: String])])
    func aParameterOutOfRangeIsRefused(name: String, parameters: [String: String]) {
        #expect(throws: RedactionFault.self) {
            try Transform(name: name, parameters: parameters.map { Transform.Parameter($0.key, $0.value) })
        }
    }
}
