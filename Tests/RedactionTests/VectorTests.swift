import Cryptography
import Foundation
import ProtobufWire
import Testing
import Vocabulary

@testable import Redaction

/// The vectors of Tests/Vectors/redaction, which Tests/Conformance/redaction checks with Python's protobuf. The test makes them afresh and compares, so
/// that they cannot fall behind. `CONCORDAT_WRITE_VECTORS=1` writes them.
@Suite struct VectorTests {
    private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Vectors/redaction/vectors.jsonl")

    @Test func theVectorsAreThoseOfThisCode() throws {
        var lines: [String] = []
        for seed in 1...120 as ClosedRange<UInt64> {
            var generator = Generator(seed: seed &* 104_729)
            let schema = try generator.schema()
            let program = try generator.program(schema, allowsOnly: seed % 2 == 0)
            for _ in 0..<3 { lines.append(try line(generator.record(schema), program)) }
        }
        let text = lines.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["CONCORDAT_WRITE_VECTORS"] == "1" {
            try Data(text.utf8).write(to: Self.file)
        }
        #expect(try String(contentsOf: Self.file, encoding: .utf8) == text)
    }

    private func line(_ record: [UInt8], _ program: RedactionProgram) throws -> String {
        let schema = program.schema
        var members: [(String, String)] = [
            ("source_schema", hex(schema.canonicalBytes)), ("schema_digest", quoted(schema.digest.hex)), ("record", hex(record)),
            ("strict", schema.isStrict ? "true" : "false"), ("filtered", program.rowFilter == nil ? "false" : "true"),
            ("exchange_date", quoted(testDate.description)), ("rules", "[" + program.rules.map(rule).joined(separator: ",") + "]"),
        ]
        do throws(WireFault) {
            let source = try DecodedRecord(record, as: schema.root, isStrict: false, withheld: [], limits: .standard)
            if !Self.hasEnumMap(schema.root), let reading = Reading.json(source, schema.root) { members.append(("source_reading", reading)) }
        } catch {
            members.append(("malformed", "true"))
        }
        var run = try run(program)
        if case .released(let released) = run.apply(record) {
            members.append(("output_schema", hex(program.outputSchema.canonicalBytes)))
            members.append(("released", hex(released.bytes)))
            let decoded = try DecodedRecord(released.bytes, as: program.outputSchema.root, isStrict: true, withheld: [], limits: .standard)
            members.append(("released_reading", try #require(Reading.json(decoded, program.outputSchema.root))))
            members.append(("commitment", quoted(released.commitment.hex)))
            let opening = released.opening.fields.map { field in
                "[\(field.number),\(field.disposition.rawValue),\(hex(field.salt)),\(quoted(field.sourceDigest?.hex ?? ""))]"
            }
            members.append(("opening", "[" + opening.joined(separator: ",") + "]"))
        }
        return "{" + members.map { "\(quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}"
    }

    /// Libraries differ on an undefined number as the value of a map, and a decoded record does not show that there was one.
    private static func hasEnumMap(_ message: MessageSchema) -> Bool {
        message.fields.contains { field in
            switch field.type {
            case .map(_, .enumeration): true
            case .map(_, .message(let child)), .message(let child): hasEnumMap(child)
            case .map, .scalar, .enumeration: false
            }
        }
    }

    private func rule(_ rule: ReleaseRule) -> String {
        let parameters = rule.transform.parameters.map { "\(quoted($0.key)):\(quoted($0.value))" }
        return "[\(quoted(rule.path.description)),\(quoted(rule.transform.name)),{\(parameters.joined(separator: ","))}]"
    }

    private func hex(_ bytes: [UInt8]) -> String {
        quoted(Hex.encode(bytes))
    }
}

func quoted(_ text: String) -> String {
    "\"" + text + "\""
}

/// A decoded record as JSON that any protobuf library can be compared with: fields by number, each a list; numbers in decimal, floating-point numbers as
/// hexadecimal bits, text and bytes in hexadecimal. Nil where the record holds a value that libraries treat in different ways.
enum Reading {
    static func json(_ record: DecodedRecord, _ schema: MessageSchema, isEntry: Bool = false) -> String? {
        var members: [String] = []
        for field in schema.fields {
            var values = record.fields[field.number] ?? []
            if isEntry, values.isEmpty { values = defaultValue(field) }
            var texts: [String] = []
            for value in values {
                guard let text = json(value, field, isEntry: isEntry) else { return nil }
                if !text.isEmpty { texts.append(text) }
            }
            if !texts.isEmpty { members.append("\"\(field.number)\":[\(texts.joined(separator: ","))]") }
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    /// Empty where a default value without presence is the same as absence.
    private static func json(_ value: DecodedRecord.Value, _ field: FieldSchema, isEntry: Bool) -> String? {
        let keepsDefault = field.hasPresence || field.isRepeated || isEntry
        switch (value, field.type) {
        case (.invalid, _): return nil
        case (.message(let message), .message(let child)): return json(message, child)
        case (.message(let message), .map(let key, let item)):
            guard let entry = try? MessageSchema.mapEntry(of: field, key: key, value: item) else { return nil }
            return json(message, entry, isEntry: true)
        case (.bytes(let bytes), _): return bytes.isEmpty && !keepsDefault ? "" : quoted(Hex.encode(bytes))
        case (.number(let number), .scalar(let scalar)):
            guard number != 0 || keepsDefault else { return "" }
            switch scalar {
            case .double: return quoted(padded(String(number, radix: 16), 16))
            case .float: return quoted(padded(String(number, radix: 16), 8))
            default: return quoted(String(scalar.integer(number)))
            }
        case (.number(let number), _):
            return number == 0 && !keepsDefault ? "" : quoted(String(Int64(bitPattern: number)))
        case (.message, _): return nil
        }
    }

    private static func defaultValue(_ field: FieldSchema) -> [DecodedRecord.Value] {
        switch field.type {
        case .message: [.message(.empty)]
        case .scalar(let scalar) where scalar.wireType == .length: [.bytes([])]
        case .scalar, .enumeration, .map: [.number(0)]
        }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: "0", count: width - text.count) + text
    }
}
