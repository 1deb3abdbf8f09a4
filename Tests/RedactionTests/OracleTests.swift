import Cryptography
import Foundation
import ProtobufWire
import Testing
import Vocabulary

@testable import Redaction

/// The walk over wire bytes and the oracle agree byte for byte. `CONCORDAT_REDACTION_CASES` sets the number of records (20,000 by default),
/// `CONCORDAT_REDACTION_SEED` the first seed.
@Suite struct OracleTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let cases = environment["CONCORDAT_REDACTION_CASES"].flatMap(Int.init) ?? 20_000
    private static let seed = environment["CONCORDAT_REDACTION_SEED"].flatMap(UInt64.init) ?? 1
    private static let recordsPerPolicy = 25

    @Test func theWalkAgreesWithTheOracle() throws {
        var tally = (released: 0, withheld: 0, filtered: 0)
        for policy in 0..<(Self.cases + Self.recordsPerPolicy - 1) / Self.recordsPerPolicy {
            let seed = Self.seed &+ UInt64(policy)
            var generator = Generator(seed: seed)
            let schema = try generator.schema()
            let program = try generator.program(schema)
            let keys = try TransformKeys(for: program, root: PseudonymRoot(epoch: 1, secret: testKey))
            let evidence: EvidenceLevel = policy % 4 == 0 ? .record : .field
            let oracle = try RedactionOracle(
                program: program, root: PseudonymRoot(epoch: 1, secret: testKey), salts: try firstSalts(of: program), exchangeDate: testDate, evidence: evidence)
            for _ in 0..<Self.recordsPerPolicy {
                let record = generator.record(schema)
                var run = try RedactionRun(program: program, keys: keys, xk: testKey, exchangeDate: testDate, evidence: evidence)
                let expected = oracle.redact(record)
                switch run.apply(record) {
                case .released(let released):
                    tally.released += 1
                    let got = RedactionOracle.Outcome.released(
                        bytes: released.bytes, commitment: released.commitment, dispositions: released.opening.fields.map(\.disposition))
                    try #require(got == expected, "seed \(seed), record \(record)")
                    try #require(released.opening.commitment(to: released.bytes) == released.commitment, "seed \(seed), record \(record)")
                    var canonicaliser = RecordCanonicaliser(program.outputSchema.root)
                    try #require(try canonicaliser.canonical(released.bytes, isStrict: true) == released.bytes, "seed \(seed), record \(record)")
                    var answered = try AnsweredRun(program: program, xk: testKey, evidence: evidence)
                    let taken = try answered.take(released.bytes, commitment: released.commitment, fields: answeredFields(released))
                    try #require(taken.opening == released.opening, "seed \(seed), record \(record)")
                case .filteredOut:
                    tally.filtered += 1
                    try #require(expected == .filteredOut, "seed \(seed), record \(record)")
                case .withheld:
                    tally.withheld += 1
                    try #require(expected == .withheld, "seed \(seed), record \(record)")
                }
            }
        }
        // Each outcome must be common, or the comparison says little.
        #expect(tally.released > Self.cases / 4)
        #expect(tally.withheld > Self.cases / 50)
        #expect(tally.filtered > Self.cases / 50)
    }

    /// A record that is truncated anywhere never traps, and both implementations agree on it.
    @Test func truncationAtEveryOffsetAgrees() throws {
        for seed in 1...60 as ClosedRange<UInt64> {
            var generator = Generator(seed: seed &* 7_919)
            let schema = try generator.schema()
            let program = try generator.program(schema)
            let keys = try TransformKeys(for: program, root: PseudonymRoot(epoch: 1, secret: testKey))
            let oracle = try RedactionOracle(
                program: program, root: PseudonymRoot(epoch: 1, secret: testKey), salts: try firstSalts(of: program), exchangeDate: testDate, evidence: .field)
            let record = generator.record(schema)
            for length in 0...record.count {
                let part = Array(record.prefix(length))
                var run = try RedactionRun(program: program, keys: keys, xk: testKey, exchangeDate: testDate, evidence: .field)
                let expected = oracle.redact(part)
                switch run.apply(part) {
                case .released(let released):
                    try #require(
                        expected
                            == .released(
                                bytes: released.bytes, commitment: released.commitment, dispositions: released.opening.fields.map(\.disposition)),
                        "seed \(seed), length \(length)")
                case .filteredOut: try #require(expected == .filteredOut, "seed \(seed), length \(length)")
                case .withheld: try #require(expected == .withheld, "seed \(seed), length \(length)")
                }
            }
        }
    }
}

/// The salts of the first record of an entry whose key is `testKey`.
func firstSalts(of program: RedactionProgram) throws -> [UInt8] {
    var stream = try AESCounterStream(key: testKey)
    _ = stream.next(32)
    return stream.next(16 * (1 + 2 * program.schema.root.fields.count))
}
