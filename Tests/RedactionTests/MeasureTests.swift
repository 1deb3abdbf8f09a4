import Foundation
import ProtobufWire
import Testing
import Vocabulary

@testable import Redaction

/// What one record costs. Runs only with `CONCORDAT_MEASURE=1`, and says something only in a release build:
/// `CONCORDAT_MEASURE=1 swift test -c release -Xswiftc -enable-testing --filter MeasureTests`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["CONCORDAT_MEASURE"] == "1"))
struct MeasureTests {
    @Test(arguments: EvidenceLevel.allCases) func aRecordOfFortyFields(evidence: EvidenceLevel) throws {
        let fields = try (1...40).map { try FieldSchema(number: $0, name: "f\($0)", type: .scalar(.string)) }
        let schema = try dataset(fields)
        var rules = try (1...20).map { try rule("f\($0)", "allow") }
        let plain = try program(schema, rules)
        rules.append(try rule("f21", "pseudonym", ["scope": "agreement", "domain": "nino", "canon": "nino.demo.v1"]))
        rules.append(try rule("f22", "pseudonym", ["scope": "agreement", "domain": "ref", "canon": "opaque.v1"]))
        let keyed = try program(schema, rules)
        var record = Wire()
        for number in 1...40 { record = record.text(number, "QQ123456A-padding-\(number)".prefix(number == 21 ? 9 : 40).description) }
        for (name, program) in [("20 of 40 fields", plain), ("the same and 2 pseudonyms", keyed)] {
            var run = try run(program, evidence: evidence)
            let rounds = 20_000
            let start = ContinuousClock.now
            for _ in 0..<rounds { _ = run.apply(record.bytes) }
            let each = (ContinuousClock.now - start) / rounds
            #expect(run.counts.released == rounds)
            print("redaction, evidence \(evidence.rawValue): \(name), \(record.bytes.count) bytes: \(each) a record")
        }
        var canonicaliser = RecordCanonicaliser(schema.root)
        let start = ContinuousClock.now
        for _ in 0..<20_000 { _ = try canonicaliser.canonical(record.bytes, isStrict: false) }
        print("redaction: scan and emission of all 40 fields: \((ContinuousClock.now - start) / 20_000) a record")
    }
}
