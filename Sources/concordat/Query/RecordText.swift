import BrokerProtocol
import ProtobufWire

/// Reads a record's wire bytes by its schema into leaves that people can read. What the schema does not say is left out.
struct RecordText {
    struct Leaf {
        /// With the place in repeated fields, such as `elements[0].kind`.
        let path: String
        /// As the terms name it, such as `elements.kind`.
        let schemaPath: String
        let value: String
        let isNumber: Bool

        var json: JSONValue {
            .object([("path", .text(path)), ("value", isNumber ? .number(value) : .text(value))])
        }
    }

    private static let maxLeaves = 10_000
    private static let maxDepth = 64

    private let schema: MessageSchema

    /// The record is the first message of the schema's descriptor set.
    init(_ schema: Concordat_V1_Schema) throws {
        do throws(SchemaFault) {
            self.schema = try SchemaFile(canonicalBytes: [UInt8](schema.descriptorSet)).root
        } catch {
            throw CommandFault.refused("the broker sent a schema that cannot be read (\(error)); tell the operator")
        }
    }

    /// Leaves in the order of the bytes. Throws where the bytes are not a protobuf message.
    func leaves(of record: [UInt8]) throws -> [Leaf] {
        var out: [Leaf] = []
        do {
            try read(record.span, 0..<record.count, schema, prefix: ("", ""), depth: 0, into: &out)
        } catch let fault as WireFault {
            throw CommandFault.refused("the broker sent a record that cannot be read (\(fault)); tell the operator")
        }
        return out
    }

    private func read(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ message: MessageSchema, prefix: (shown: String, schema: String), depth: Int,
        into out: inout [Leaf]
    ) throws {
        guard depth < RecordText.maxDepth else { throw WireFault.tooDeep }
        var position = range.lowerBound
        var counts: [Int: Int] = [:]
        while position < range.upperBound {
            let (number, type) = try bytes.tag(at: &position, upTo: range.upperBound, isStrict: false)
            guard let field = message.field(number: number) else {
                try bytes.skip(type, at: &position, upTo: range.upperBound, field: number, isStrict: false)
                continue
            }
            if field.isRepeated, type == .length, let scalar = packable(field.type) {
                let inner = try bytes.content(at: &position, upTo: range.upperBound, field: number, isStrict: false)
                var place = inner.lowerBound
                while place < inner.upperBound {
                    let path = paths(field, prefix, &counts)
                    try add(number: value(bytes, scalar.wireType, at: &place, upTo: inner.upperBound), as: scalar, path, into: &out)
                }
                continue
            }
            let path = paths(field, prefix, &counts)
            if let child = try child(field) {
                let inner = try bytes.content(at: &position, upTo: range.upperBound, field: number, isStrict: false)
                try read(bytes, inner, child, prefix: (path.shown + ".", path.schema + "."), depth: depth + 1, into: &out)
            } else if let scalar = packable(field.type) {
                try add(number: value(bytes, scalar.wireType, at: &position, upTo: range.upperBound), as: scalar, path, into: &out)
            } else {
                let inner = try bytes.content(at: &position, upTo: range.upperBound, field: number, isStrict: false)
                let content = inner.map { bytes[$0] }
                let text = field.type == .scalar(.string) ? visible(String(decoding: content, as: UTF8.self)) : "\(content.count) bytes"
                try append(Leaf(path: path.shown, schemaPath: path.schema, value: text, isNumber: false), to: &out)
            }
        }
    }

    private func paths(
        _ field: FieldSchema, _ prefix: (shown: String, schema: String), _ counts: inout [Int: Int]
    ) -> (shown: String, schema: String) {
        guard field.isRepeated else { return (prefix.shown + field.name, prefix.schema + field.name) }
        let index = counts[field.number, default: 0]
        counts[field.number] = index + 1
        return ("\(prefix.shown)\(field.name)[\(index)]", prefix.schema + field.name)
    }

    private func value(_ bytes: Span<UInt8>, _ type: WireType, at position: inout Int, upTo end: Int) throws(WireFault) -> UInt64 {
        switch type {
        case .varint: try bytes.varint(at: &position, upTo: end, isStrict: false)
        case .fixed64: try bytes.fixed64(at: &position, upTo: end)
        case .fixed32: try bytes.fixed32(at: &position, upTo: end)
        case .length: throw .unexpectedType(field: 0)
        }
    }

    private func add(number raw: UInt64, as scalar: ScalarType, _ path: (shown: String, schema: String), into out: inout [Leaf]) throws {
        let text =
            switch scalar {
            case .bool: raw == 0 ? "false" : "true"
            case .double: "\(Double(bitPattern: raw))"
            case .float: "\(Float(bitPattern: UInt32(truncatingIfNeeded: raw)))"
            default: "\(scalar.integer(scalar.canonical(raw)))"
            }
        let isNumber = scalar != .bool && !text.contains("n")
        try append(Leaf(path: path.shown, schemaPath: path.schema, value: text, isNumber: isNumber), to: &out)
    }

    private func append(_ leaf: Leaf, to out: inout [Leaf]) throws {
        guard out.count < RecordText.maxLeaves else { throw WireFault.tooLarge }
        out.append(leaf)
    }

    /// The message that a field holds, a map's entries included; nil for scalars and enums.
    private func child(_ field: FieldSchema) throws -> MessageSchema? {
        switch field.type {
        case .message(let message): message
        case .map(let key, let value): try MessageSchema.mapEntry(of: field, key: key, value: value)
        case .scalar, .enumeration: nil
        }
    }

    /// The number type of a field; nil for text, bytes and messages. Enums are shown by number.
    private func packable(_ type: FieldType) -> ScalarType? {
        switch type {
        case .scalar(let scalar): scalar.isPackable ? scalar : nil
        case .enumeration: .int32
        case .message, .map: nil
        }
    }
}
