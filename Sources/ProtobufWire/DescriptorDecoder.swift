/// Reads `google.protobuf.FileDescriptorSet` strictly: only what `DescriptorEncoder` writes is known here; `SchemaFile` then encodes again
/// and compares, so this reader may leave order and redundancy to that check.
struct DescriptorDecoder {
    let limits: SchemaLimits
    private var packageName = ""
    private var messages: [String: RawMessage] = [:]
    private var enums: [String: EnumSchema] = [:]
    /// Built messages. A name is marked (nil) while it is being built, so that a recursive type is refused and not followed.
    private var built: [String: MessageSchema?] = [:]

    private struct RawMessage {
        var name = ""
        var fields: [RawField] = []
        var entries: [RawMessage] = []
        var oneofs: [String] = []
        var annotation: [UInt8] = []
        var isMapEntry = false
    }

    private struct RawField {
        var name = ""
        var number = 0
        var isRepeated = false
        var type: UInt32 = 0
        var typeName = ""
        var annotation: [UInt8] = []
        var oneof: Int?
        var isOptional = false
    }

    init(limits: SchemaLimits) {
        self.limits = limits
    }

    mutating func decode(_ bytes: [UInt8]) throws(SchemaFault) -> (packageName: String, root: MessageSchema) {
        let raw: [RawMessage]
        do throws(WireFault) {
            raw = try readSet(bytes)
        } catch .unknownField(let number) {
            throw .unsupported("descriptor field \(number)")
        } catch {
            throw .wire(error)
        }
        guard let first = raw.first else { throw .empty(message: packageName) }
        for message in raw {
            guard messages.updateValue(message, forKey: message.name) == nil else { throw .conflict(message.name) }
        }
        for enumeration in rawEnums {
            let values = enumeration.values
            let schema = try EnumSchema(name: enumeration.name, values: values, limits: limits)
            guard enums.updateValue(schema, forKey: schema.name) == nil else { throw .conflict(schema.name) }
        }
        let root = try build(first.name, depth: 1)
        return (packageName, root)
    }

    private var rawEnums: [(name: String, values: [EnumSchema.Value])] = []

    // MARK: Reading

    private mutating func readSet(_ bytes: [UInt8]) throws(WireFault) -> [RawMessage] {
        var reader = CanonicalReader(bytes)
        guard let field = try reader.next(), field.number == 1 else { throw .missing(field: 1) }
        let raw = try readFile(try field.message())
        if let extra = try reader.next() { throw .unknownField(extra.number) }
        return raw
    }

    private mutating func readFile(_ bytes: ArraySlice<UInt8>) throws(WireFault) -> [RawMessage] {
        var reader = CanonicalReader(bytes)
        var raw: [RawMessage] = []
        while let field = try reader.next() {
            switch field.number {
            case 1, 12: _ = try field.string()
            case 2: packageName = try field.string()
            case 4: raw.append(try readMessage(try field.messageElement(), nested: false))
            case 5: rawEnums.append(try readEnum(try field.messageElement()))
            default: throw .unknownField(field.number)
            }
        }
        return raw
    }

    private func readMessage(_ bytes: ArraySlice<UInt8>, nested: Bool) throws(WireFault) -> RawMessage {
        var reader = CanonicalReader(bytes)
        var message = RawMessage()
        while let field = try reader.next() {
            switch field.number {
            case 1: message.name = try field.string()
            case 2: message.fields.append(try readField(try field.messageElement()))
            case 3:
                // Map entries are the only nested types, and hold none themselves.
                guard !nested else { throw .tooDeep }
                message.entries.append(try readMessage(try field.messageElement(), nested: true))
            case 7:
                var options = CanonicalReader(try field.message())
                while let option = try options.next() {
                    switch option.number {
                    case 7: message.isMapEntry = try option.bool()
                    case DescriptorEncoder.annotationNumber: message.annotation = try option.bytes()
                    default: throw .unknownField(option.number)
                    }
                }
            case 8:
                var oneof = CanonicalReader(try field.messageElement())
                guard let name = try oneof.next(), name.number == 1 else { throw .missing(field: 1) }
                message.oneofs.append(try name.string())
                if let extra = try oneof.next() { throw .unknownField(extra.number) }
            default: throw .unknownField(field.number)
            }
        }
        return message
    }

    private func readField(_ bytes: ArraySlice<UInt8>) throws(WireFault) -> RawField {
        var reader = CanonicalReader(bytes)
        var raw = RawField()
        while let field = try reader.next() {
            switch field.number {
            case 1: raw.name = try field.string()
            case 3: raw.number = Int(try field.uint32())
            case 4:
                let label = try field.uint32()
                guard label == 1 || label == 3 else { throw .outOfRange(field: 4) }
                raw.isRepeated = label == 3
            case 5: raw.type = try field.uint32()
            case 6: raw.typeName = try field.string()
            case 8:
                var options = CanonicalReader(try field.message())
                while let option = try options.next() {
                    guard option.number == DescriptorEncoder.annotationNumber else { throw .unknownField(option.number) }
                    raw.annotation = try option.bytes()
                }
            case 9: raw.oneof = Int(try field.uint32())
            case 17: raw.isOptional = try field.bool()
            default: throw .unknownField(field.number)
            }
        }
        return raw
    }

    private func readEnum(_ bytes: ArraySlice<UInt8>) throws(WireFault) -> (name: String, values: [EnumSchema.Value]) {
        var reader = CanonicalReader(bytes)
        var name = ""
        var values: [EnumSchema.Value] = []
        while let field = try reader.next() {
            switch field.number {
            case 1: name = try field.string()
            case 2: values.append(try readEnumValue(try field.messageElement()))
            default: throw .unknownField(field.number)
            }
        }
        return (name, values)
    }

    private func readEnumValue(_ bytes: ArraySlice<UInt8>) throws(WireFault) -> EnumSchema.Value {
        var reader = CanonicalReader(bytes)
        var name = ""
        var number: Int32 = 0
        while let field = try reader.next() {
            switch field.number {
            case 1: name = try field.string()
            case 2:
                guard let exact = Int32(exactly: try field.int64()) else { throw .outOfRange(field: 2) }
                number = exact
            default: throw .unknownField(field.number)
            }
        }
        return EnumSchema.Value(name: name, number: number)
    }

    // MARK: Building

    private mutating func build(_ name: String, depth: Int) throws(SchemaFault) -> MessageSchema {
        guard depth <= limits.maxDepth else { throw .tooLarge("more than \(limits.maxDepth) levels of messages at \(name)") }
        if let known = built[name] {
            guard let known else { throw .type(field: name, reason: "the message contains itself; recursive types cannot be listed field by field") }
            return known
        }
        guard let raw = messages[name] else { throw .unsupported("a reference to the undefined type \(name)") }
        built.updateValue(nil, forKey: name)
        var fields: [FieldSchema] = []
        for field in raw.fields { fields.append(try build(field, of: raw, depth: depth)) }
        let schema = try MessageSchema(name: name, fields: fields, annotation: raw.annotation, limits: limits)
        built.updateValue(schema, forKey: name)
        return schema
    }

    private mutating func build(_ raw: RawField, of message: RawMessage, depth: Int) throws(SchemaFault) -> FieldSchema {
        let entry = message.entries.first { local(raw.typeName) == message.name + "." + $0.name }
        let type: FieldType
        if let entry, raw.isRepeated {
            type = try buildMap(entry, depth: depth)
        } else {
            type = try buildType(raw, depth: depth)
        }
        let cardinality: Cardinality
        if raw.isRepeated {
            cardinality = .repeated
        } else if raw.isOptional {
            cardinality = .optional
        } else if let oneof = raw.oneof {
            guard message.oneofs.indices.contains(oneof) else { throw .unsupported("oneof index \(oneof) of field \(raw.name)") }
            cardinality = .oneof(message.oneofs[oneof])
        } else {
            cardinality = .singular
        }
        return try FieldSchema(number: raw.number, name: raw.name, type: type, cardinality: cardinality, annotation: raw.annotation)
    }

    private mutating func buildMap(_ entry: RawMessage, depth: Int) throws(SchemaFault) -> FieldType {
        guard entry.isMapEntry, entry.fields.count == 2, let key = ScalarType(rawValue: UInt8(clamping: entry.fields[0].type)) else {
            throw .unsupported("the nested message \(entry.name), which is not a map entry")
        }
        return .map(key: key, value: try buildType(entry.fields[1], depth: depth + 1))
    }

    private mutating func buildType(_ raw: RawField, depth: Int) throws(SchemaFault) -> FieldType {
        switch raw.type {
        case 11: return .message(try build(local(raw.typeName), depth: depth + 1))
        case 14:
            guard let enumeration = enums[local(raw.typeName)] else { throw .unsupported("a reference to the undefined type \(raw.typeName)") }
            return .enumeration(enumeration)
        default:
            guard let scalar = ScalarType(rawValue: UInt8(clamping: raw.type)) else {
                throw .type(field: raw.name, reason: "descriptor type \(raw.type) is not a proto3 type; groups are not accepted")
            }
            return .scalar(scalar)
        }
    }

    /// The name without the leading dot and the package; whatever does not start so is found nowhere.
    private func local(_ typeName: String) -> String {
        let prefix = "." + packageName + "."
        return typeName.hasPrefix(prefix) ? String(typeName.dropFirst(prefix.count)) : typeName
    }
}
