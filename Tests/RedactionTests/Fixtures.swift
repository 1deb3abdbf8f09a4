import Cryptography
import ProtobufWire
import Vocabulary

@testable import Redaction

/// Writes protobuf wire bytes by hand, so that tests can write what no encoder would.
struct Wire {
    var bytes: [UInt8] = []

    static func varint(_ value: UInt64) -> [UInt8] {
        var rest = value
        var out: [UInt8] = []
        while rest >= 0x80 {
            out.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return out + [UInt8(rest)]
    }

    func number(_ field: Int, _ value: UInt64) -> Wire {
        Wire(bytes: bytes + Wire.varint(UInt64(field) << 3) + Wire.varint(value))
    }

    func text(_ field: Int, _ value: String) -> Wire {
        block(field, Array(value.utf8))
    }

    func block(_ field: Int, _ value: [UInt8]) -> Wire {
        Wire(bytes: bytes + Wire.varint(UInt64(field) << 3 | 2) + Wire.varint(UInt64(value.count)) + value)
    }

    func raw(_ value: [UInt8]) -> Wire {
        Wire(bytes: bytes + value)
    }
}

func path(_ text: String) throws -> FieldPath {
    guard let path = FieldPath(text) else { throw RedactionFault.rule(path: text, reason: "not a path") }
    return path
}

func transform(_ name: String, _ parameters: [String: String] = [:]) throws -> Transform {
    try Transform(name: name, parameters: parameters.map { Transform.Parameter($0.key, $0.value) })
}

func rule(_ at: String, _ name: String, _ parameters: [String: String] = [:]) throws -> ReleaseRule {
    ReleaseRule(path: try path(at), transform: try transform(name, parameters))
}

func dataset(_ fields: [FieldSchema], keys: [String] = [], synthetic: Bool = true, strict: Bool = false) throws -> DatasetSchema {
    try DatasetSchema(
        packageName: "test", root: MessageSchema(name: "Record", fields: fields), labels: [:], keys: keys, isSynthetic: synthetic, isStrict: strict)
}

func context() throws -> RedactionContext {
    guard let recipient = OrganisationID("leeds-cc"), let agreement = AgreementID("ISA-2026-0042") else {
        throw RedactionFault.context("fixture")
    }
    return RedactionContext(recipient: recipient, agreement: agreement)
}

func program(_ schema: DatasetSchema, _ rules: [ReleaseRule], filter: RowFilter? = nil) throws -> RedactionProgram {
    try RedactionProgram(schema: schema, rules: rules, rowFilter: filter, context: try context())
}

let testKey = SecretBytes((0..<32).map { UInt8($0) })
let testDate = CalendarDate(daysSince1970: 20_780)

func run(_ program: RedactionProgram, evidence: EvidenceLevel = .field, date: CalendarDate = testDate) throws -> RedactionRun {
    let keys = try TransformKeys(for: program, root: PseudonymRoot(epoch: 1, secret: testKey))
    return try RedactionRun(program: program, keys: keys, xk: testKey, exchangeDate: date, evidence: evidence)
}

/// The released bytes of one record, or nil where it did not leave.
func redact(_ record: [UInt8], by program: RedactionProgram, date: CalendarDate = testDate) throws -> [UInt8]? {
    var run = try run(program, date: date)
    guard case .released(let released) = run.apply(record) else { return nil }
    return released.bytes
}

/// What a rule makes of one text: a record with the single explicit field 1.
func transformed(_ text: String, _ name: String, _ parameters: [String: String] = [:], date: CalendarDate = testDate) throws -> String? {
    let schema = try dataset([FieldSchema(number: 1, name: "value", type: .scalar(.string))])
    let bytes = try redact(Wire().text(1, text).bytes, by: program(schema, [rule("value", name, parameters)]), date: date)
    guard let bytes, !bytes.isEmpty else { return nil }
    var reader = CanonicalReader(bytes)
    return try reader.next()?.string()
}
