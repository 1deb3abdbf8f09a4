import Cryptography
import Foundation
import ProtobufWire
import Redaction
import Testing
import Vocabulary

@testable import DataSources

/// A folder that goes with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "concordat-sources-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

/// Sources of people whom their numbers name, and terms under which fields of them are released as they are.
struct PeopleSource {
    let temporary: TemporaryFolder
    let folder: SourceFolder
    let schema: DatasetSchema
    let layout: SourceLayout

    init() throws {
        temporary = try TemporaryFolder()
        folder = try SourceFolder(path: temporary.path)
        schema = try DatasetSchema(packageName: people, root: People.schema(), labels: [:], keys: ["nino"], isSynthetic: true)
        layout = try SourceLayout(root: schema.root, keyField: "nino", filterFields: ["area"])
    }

    /// - Parameter key: each byte of `xk`.
    func terms(_ paths: [String], filter: RowFilter?, key: UInt8 = 5, finding: SubjectFinding? = nil) throws -> EdgeTerms {
        let rules = try paths.map { ReleaseRule(path: try #require(FieldPath($0)), transform: .allow) }
        let context = RedactionContext(recipient: try #require(OrganisationID("leeds-cc")), agreement: try #require(AgreementID("ISA-2026-0042")))
        let program = try RedactionProgram(schema: schema, rules: rules, rowFilter: filter, context: context)
        return EdgeTerms(
            program: program, keys: try TransformKeys(for: program, root: nil), xk: SecretBytes([UInt8](repeating: key, count: 32)),
            exchangeDate: CalendarDate(daysSince1970: 20_780), evidence: .field, finding: finding)
    }
}

/// People with an award each: one field of each kind that a column can hold.
enum People {
    static func schema() throws -> MessageSchema {
        let award = try MessageSchema(
            name: "Award",
            fields: [
                FieldSchema(number: 1, name: "start", type: .scalar(.string)),
                FieldSchema(number: 2, name: "pence", type: .scalar(.int64)),
            ])
        let status = try EnumSchema(name: "Status", values: [.init(name: "UNKNOWN", number: 0), .init(name: "LIVE", number: 1)])
        return try MessageSchema(
            name: "Person",
            fields: [
                FieldSchema(number: 1, name: "nino", type: .scalar(.string)),
                FieldSchema(number: 2, name: "area", type: .scalar(.string)),
                FieldSchema(number: 3, name: "balance", type: .scalar(.sint64)),
                FieldSchema(number: 4, name: "share", type: .scalar(.double)),
                FieldSchema(number: 5, name: "limited", type: .scalar(.bool)),
                FieldSchema(number: 6, name: "status", type: .enumeration(status)),
                FieldSchema(number: 7, name: "awards", type: .message(award), cardinality: .repeated),
                FieldSchema(number: 8, name: "scores", type: .scalar(.uint32), cardinality: .repeated),
                FieldSchema(number: 9, name: "tags", type: .map(key: .string, value: .scalar(.int64)), cardinality: .repeated),
                FieldSchema(number: 10, name: "count", type: .scalar(.uint64), cardinality: .singular),
                FieldSchema(number: 11, name: "photo", type: .scalar(.bytes)),
            ])
    }

    static func layout(key: String? = "nino", filters: [String] = ["area"]) throws -> SourceLayout {
        try SourceLayout(root: schema(), keyField: key, filterFields: filters)
    }

    static func nino(_ number: Int) -> String {
        let digits = String(number)
        return "QQ" + String(repeating: "0", count: 6 - digits.count) + digits + "A"
    }

    /// Key and area as protobuf writes them.
    static func head(_ number: Int, area: String = "E08000035") -> [UInt8] {
        [0x0a, 9] + Array(nino(number).utf8) + [0x12, UInt8(area.utf8.count)] + Array(area.utf8)
    }

    /// A full record, written byte by byte here and not with the code under test.
    static func record(_ number: Int, area: String = "E08000035") -> [UInt8] {
        var bytes = head(number, area: area)
        bytes += [0x18, 0x03]  // balance = -2 (zigzag 3)
        bytes += [0x21, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f]  // share = 1.5
        bytes += [0x28, 0x00]  // limited = false, present
        bytes += [0x30, 0x01]  // status = LIVE
        bytes += [0x3a, 0x03, 0x0a, 0x01, 0x78]  // awards[0] = { start: "x" }
        bytes += [0x3a, 0x02, 0x10, 0x07]  // awards[1] = { pence: 7 }
        bytes += [0x42, 0x03, 0x01, 0xac, 0x02]  // scores = [1, 300]
        bytes += [0x4a, 0x05, 0x0a, 0x01, 0x6b, 0x10, 0x05]  // tags = { "k": 5 }
        bytes += [0x50, 0x09]  // count = 9
        bytes += [0x5a, 0x00]  // photo = empty, present
        return bytes
    }

    static let fields = 1...11
}

let monday = Timestamp(microseconds: 1_795_000_000_000_000)
let people = "uc.people"

/// Publishes `records` in batches of 1,000 and names the file.
func publish(
    _ records: [[UInt8]], layout: SourceLayout, in folder: SourceFolder, revision: UInt64 = 1, seed: UInt8 = 1
) async throws -> PublishedSource {
    let importer = SourceImporter(folder: folder)
    defer { importer.close() }
    let id = [UInt8](repeating: seed, count: 16)
    try await importer.begin(id, dataset: #require(DatasetID(people)), layout: layout, now: monday)
    var sequence: UInt32 = 0
    for start in stride(from: 0, to: records.count, by: 1_000) {
        _ = try await importer.add(id, sequence: sequence, records: Array(records[start..<min(start + 1_000, records.count)]), now: monday)
        sequence += 1
    }
    return try await importer.finish(id, rows: UInt64(records.count), revision: revision, now: monday)
}
