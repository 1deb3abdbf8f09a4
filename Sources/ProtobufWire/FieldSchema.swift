/// One field of a message in a runtime schema.
package struct FieldSchema: Hashable, Sendable {
    package let number: Int
    /// Lower snake case by convention; what paths and terms name.
    package let name: String
    package let type: FieldType
    package let cardinality: Cardinality
    /// The bytes of the field option 51234 (a sensitivity label), canonical protobuf; empty where there is none.
    package let annotation: [UInt8]

    /// Throws `SchemaFault` where the number, the name, or the combination of type and cardinality is not proto3.
    package init(
        number: Int, name: String, type: FieldType, cardinality: Cardinality = .optional, annotation: [UInt8] = []
    ) throws(SchemaFault) {
        try requireName(name)
        guard SchemaLimits.isFieldNumber(number) else { throw .number(field: name, number) }
        guard annotation.count <= SchemaLimits.standard.maxAnnotationBytes else { throw .tooLarge("the annotation of field \(name)") }
        switch (type, cardinality) {
        case (.map(let key, let value), .repeated):
            guard key.isMapKey else { throw .type(field: name, reason: "\(key.name) cannot be a map key; use a whole number, bool or string") }
            if case .map = value { throw .type(field: name, reason: "a map cannot hold a map; put it into a message") }
        case (.map, _):
            throw .type(field: name, reason: "a map is repeated; give it that cardinality")
        case (.message, .optional):
            throw .type(field: name, reason: "a message has presence in any case; use singular")
        case (_, .oneof(let group)):
            try requireName(group)
        case (.scalar, _), (.enumeration, _), (.message, .singular), (.message, .repeated):
            break
        }
        self.number = number
        self.name = name
        self.type = type
        self.cardinality = cardinality
        self.annotation = annotation
    }

    /// Whether absence can be told from the default value. Implicit presence cannot: 0 and "" are "absent".
    package var hasPresence: Bool {
        switch (cardinality, type) {
        case (.optional, _), (.oneof, _), (.singular, .message): true
        case (.singular, _), (.repeated, _): false
        }
    }

    package var isRepeated: Bool { cardinality == .repeated }

    /// The same field with another annotation.
    package func annotated(_ annotation: [UInt8]) throws(SchemaFault) -> FieldSchema {
        try FieldSchema(number: number, name: name, type: type, cardinality: cardinality, annotation: annotation)
    }
}

/// What a field holds.
package indirect enum FieldType: Hashable, Sendable {
    case scalar(ScalarType)
    case enumeration(EnumSchema)
    case message(MessageSchema)
    /// A map; its value is a scalar, an enum or a message.
    case map(key: ScalarType, value: FieldType)

    /// The type as a `.proto` file names it.
    package var protoName: String {
        switch self {
        case .scalar(let scalar): scalar.name
        case .enumeration(let enumeration): enumeration.name
        case .message(let message): message.name
        case .map(let key, let value): "map<\(key.name), \(value.protoName)>"
        }
    }

    /// Number of leaves under a field of this type: a map has its key and those of its value.
    var leafCount: Int {
        switch self {
        case .scalar, .enumeration: 1
        case .message(let message): message.leafCount
        case .map(_, let value): 1 + value.leafCount
        }
    }

    /// Levels of messages below the message that holds the field.
    var depth: Int {
        switch self {
        case .scalar, .enumeration: 0
        case .message(let message): message.depth
        case .map(_, let value): 1 + value.depth
        }
    }
}

/// How often a field occurs, and whether its absence shows.
package enum Cardinality: Hashable, Sendable {
    /// At most one value. For a scalar or enum, the default value and absence are the same (implicit presence).
    case singular
    /// At most one value with explicit presence (`optional` in proto3).
    case optional
    /// Any number of values; numbers and enums are packed. Maps are repeated.
    case repeated
    /// At most one value, and at most one among the fields of the same group.
    case oneof(String)
}
