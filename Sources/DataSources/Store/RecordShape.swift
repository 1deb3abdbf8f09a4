import ProtobufWire

/// A message schema made ready for reading many records: maps are turned into their entry messages once.
struct RecordShape: Hashable, Sendable {
    struct Field: Hashable, Sendable {
        let number: Int
        let name: String
        let kind: Kind
        let isRepeated: Bool
        /// Repeated numbers, which stand together in one length.
        let isPacked: Bool
        /// A default value must not be written.
        let isImplicit: Bool
        /// Which oneof of the message it belongs to.
        let group: Int?
    }

    indirect enum Kind: Hashable, Sendable {
        case scalar(ScalarType)
        case enumeration(EnumSchema)
        case message(RecordShape)
    }

    let fields: [Field]

    init(_ schema: MessageSchema) throws(SourceFault) {
        let groups = schema.oneofNames
        var fields: [Field] = []
        for field in schema.fields {
            let kind: Kind
            switch field.type {
            case .scalar(let scalar): kind = .scalar(scalar)
            case .enumeration(let enumeration): kind = .enumeration(enumeration)
            case .message(let child): kind = .message(try RecordShape(child))
            case .map(let key, let value): kind = .message(try RecordShape.entry(of: field, key: key, value: value))
            }
            var group: Int?
            if case .oneof(let name) = field.cardinality { group = groups.firstIndex(of: name) }
            fields.append(
                Field(
                    number: field.number, name: field.name, kind: kind, isRepeated: field.isRepeated,
                    isPacked: field.isRepeated && kind.isPackable, isImplicit: !field.isRepeated && !field.hasPresence, group: group))
        }
        self.fields = fields
    }

    private static func entry(of field: FieldSchema, key: ScalarType, value: FieldType) throws(SourceFault) -> RecordShape {
        let schema: MessageSchema
        do throws(SchemaFault) {
            schema = try MessageSchema.mapEntry(of: field, key: key, value: value)
        } catch {
            throw .schema(error)
        }
        return try RecordShape(schema)
    }
}

extension RecordShape.Kind {
    fileprivate var isPackable: Bool {
        switch self {
        case .scalar(let scalar): scalar.isPackable
        case .enumeration: true
        case .message: false
        }
    }
}
