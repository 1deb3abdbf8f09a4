import Cryptography
import Foundation
import ProtobufWire
import Testing
import Vocabulary

@testable import DataSources

/// Invented citizens.
@Suite struct SynthesisTests {
    private static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    private static let postcodes = root + "/Deploy/data/ons-postcodes-sample.csv.gz"

    private func lines(_ people: Int, seed: UInt64) throws -> [String] {
        var source = try SyntheticBenefitAwards(seed: seed, people: people, places: PlaceFile.read(SynthesisTests.postcodes))
        var lines: [String] = []
        while let line = source.next() { lines.append(line) }
        return lines
    }

    @Test func generatorGivesThePublishedNumbers() {
        // First outputs for seed 1234567, as the reference implementation of splitmix64 prints them.
        var random = SplitMix(seed: 1_234_567)
        #expect([random.next(), random.next(), random.next()] == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
    }

    @Test func sameSeedGivesTheSamePeopleAndAnotherSeedOthers() throws {
        #expect(try lines(200, seed: 7) == lines(200, seed: 7))
        #expect(try lines(200, seed: 7) != lines(200, seed: 8))
    }

    @Test func numbersAreUniqueAndCannotBeReal() throws {
        let all = try lines(5_000, seed: 1)
        var seen: Set<String> = []
        for line in all {
            guard case .object(let members) = try JSONParser.parse(Array(line.utf8)[...], maxDepth: 8),
                case .string(let nino)? = members.first(where: { $0.name == "nino" })?.value
            else {
                Issue.record("a line is not an object with a number")
                return
            }
            #expect(nino.wholeMatch(of: /QQ[0-9]{6}[A-D]/) != nil)
            #expect(seen.insert(nino).inserted)
        }
        #expect(all.count == 5_000)
    }

    @Test func someNotesRepeatTheNumberOrTheName() throws {
        let notes = try lines(2_000, seed: 1).filter { $0.contains("\"notes\":") }
        #expect(notes.contains { $0.split(separator: "\"notes\":")[1].contains("QQ") })
        #expect(!notes.contains { $0.contains("{name}") || $0.contains("{nino}") })
    }

    @Test func leedsHasItsShareOfPeople() throws {
        // 233 of the sample's 19,921 postcodes are in Leeds: about 58 people in 5,000.
        let leeds = try lines(5_000, seed: 1).filter { $0.contains("E08000035") }.count
        #expect((30...100).contains(leeds))
    }

    @Test func awardsAreInferredConvertedAndPublished() async throws {
        let temporary = try TemporaryFolder()
        let path = temporary.path + "/awards.jsonl.gz"
        let file = try LineFile(path: path)
        for line in try lines(500, seed: 3) { try file.write(line) }
        try file.finish()
        let schema = try SchemaInference.infer(path: path)
        #expect(schema.rows == 500)
        #expect(
            schema.root.fields.map(\.name) == [
                "nino", "first_name", "last_name", "date_of_birth", "address_line", "postcode", "local_authority", "award", "earnings_pence",
                "deductions", "health_condition", "notes", "sanction_reason",
            ] || schema.root.fields.count == 13)
        let date = try #require(FieldPath("date_of_birth"))
        let pence = try #require(FieldPath("award.elements.amount_pence"))
        #expect(schema.kinds[date] == .date && schema.kinds[pence] == .integer)
        let layout = try SourceLayout(root: schema.root, keyField: "nino", filterFields: ["local_authority"])
        let records = try RecordFile(path: path, schema: schema.root)
        var all: [[UInt8]] = []
        while let batch = try records.nextBatch() { all += batch }
        let folder = try SourceFolder(path: temporary.path)
        #expect(try await publish(all, layout: layout, in: folder).rows == 500)
        #expect(records.progress.read == records.progress.of)
    }
}
