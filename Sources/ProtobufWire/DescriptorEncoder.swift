/// Writes `google.protobuf.FileDescriptorSet`. Field numbers are those of `google/protobuf/descriptor.proto`.
struct DescriptorEncoder {
    /// The number of the option that carries an annotation, in `FieldOptions` and in `MessageOptions`.
    static let annotationNumber = 51_234
    static let fileName = "record.proto"

    let packageName: String

    func encode(_ types: SchemaTypes) -> [UInt8] {
        var set = WireWriter(reserving: 4_096)
        set.message(1) { file in
            file.string(1, DescriptorEncoder.fileName)
            file.string(2, packageName)
            for message in types.messages { file.message(4) { encode(message, into: &$0) } }
            for enumeration in types.enums { file.message(5) { encode(enumeration, into: &$0) } }
            file.string(12, "proto3")
        }
        return set.bytes
    }

    private func encode(_ message: MessageSchema, into writer: inout WireWriter) {
        writer.string(1, message.name)
        let groups = message.oneofNames
        var synthetic: [String] = []
        for field in message.fields {
            // A scalar with explicit presence is the only member of a oneof of its own, after the real ones (protobuf's rule for proto3).
            var oneof: Int?
            switch field.cardinality {
            case .oneof(let group): oneof = groups.firstIndex(of: group)
            case .optional:
                oneof = groups.count + synthetic.count
                synthetic.append("_" + field.name)
            case .singular, .repeated: oneof = nil
            }
            writer.message(2) { encode(field, of: message, oneof: oneof, into: &$0) }
        }
        for field in message.fields {
            guard case .map(let key, let value) = field.type else { continue }
            writer.message(3) { encodeEntry(of: field, key: key, value: value, into: &$0) }
        }
        if !message.annotation.isEmpty {
            writer.message(7) { $0.bytes(DescriptorEncoder.annotationNumber, message.annotation) }
        }
        for group in groups + synthetic { writer.message(8) { $0.string(1, group) } }
    }

    private func encode(_ field: FieldSchema, of message: MessageSchema, oneof: Int?, into writer: inout WireWriter) {
        writer.string(1, field.name)
        writer.varint(3, UInt64(field.number))
        writer.varint(4, field.isRepeated ? 3 : 1)
        switch field.type {
        case .scalar(let scalar): writer.varint(5, UInt64(scalar.rawValue))
        case .enumeration(let enumeration): writeType(14, name: enumeration.name, into: &writer)
        case .message(let child): writeType(11, name: child.name, into: &writer)
        case .map: writeType(11, name: message.name + "." + DescriptorEncoder.entryName(of: field.name), into: &writer)
        }
        if !field.annotation.isEmpty {
            writer.message(8) { $0.bytes(DescriptorEncoder.annotationNumber, field.annotation) }
        }
        if let oneof { writer.explicit(9, UInt64(oneof)) }
        if field.cardinality == .optional { writer.bool(17, true) }
    }

    private func encodeEntry(of field: FieldSchema, key: ScalarType, value: FieldType, into writer: inout WireWriter) {
        writer.string(1, DescriptorEncoder.entryName(of: field.name))
        writer.message(2) { entry in
            entry.string(1, "key")
            entry.varint(3, 1)
            entry.varint(4, 1)
            entry.varint(5, UInt64(key.rawValue))
        }
        writer.message(2) { entry in
            entry.string(1, "value")
            entry.varint(3, 2)
            entry.varint(4, 1)
            switch value {
            case .scalar(let scalar): entry.varint(5, UInt64(scalar.rawValue))
            case .enumeration(let enumeration): writeType(14, name: enumeration.name, into: &entry)
            case .message(let child): writeType(11, name: child.name, into: &entry)
            case .map: preconditionFailure("a map's value is never a map: FieldSchema refuses it")
            }
        }
        writer.message(7) { $0.bool(7, true) }
    }

    private func encode(_ enumeration: EnumSchema, into writer: inout WireWriter) {
        writer.string(1, enumeration.name)
        for value in enumeration.values {
            writer.message(2) { entry in
                entry.string(1, value.name)
                // An int32 is sign-extended to 64 bits on the wire.
                entry.int64(2, Int64(value.number))
            }
        }
    }

    private func writeType(_ type: UInt64, name: String, into writer: inout WireWriter) {
        writer.varint(5, type)
        writer.string(6, "." + packageName + "." + name)
    }

    /// The nested message of a map field: the field's name in upper camel case, with `Entry` (protobuf's rule).
    static func entryName(of field: String) -> String {
        field.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined() + "Entry"
    }
}
