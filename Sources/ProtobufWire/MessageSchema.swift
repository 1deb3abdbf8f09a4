/// A message type of a runtime schema. A value that holds its sub-messages, so that a schema is always finite: recursive types cannot be said.
package struct MessageSchema: Hashable, Sendable {
    /// The simple name, such as `Award`.
    package let name: String
    /// Ascending by number.
    package let fields: [FieldSchema]
    /// The bytes of the message option 51234, canonical protobuf; empty where there is none.
    package let annotation: [UInt8]
    /// Leaf paths below this message.
    package let leafCount: Int
    /// Levels of messages, this one included.
    package let depth: Int

    /// Sorts the fields by number. Throws `SchemaFault` on duplicates, on an empty message, and past the limits.
    package init(
        name: String, fields: [FieldSchema], annotation: [UInt8] = [], limits: SchemaLimits = .standard
    ) throws(SchemaFault) {
        try requireName(name)
        guard !fields.isEmpty else { throw .empty(message: name) }
        guard fields.count <= limits.maxFields else { throw .tooLarge("message \(name) has more than \(limits.maxFields) fields") }
        guard annotation.count <= limits.maxAnnotationBytes else { throw .tooLarge("the annotation of message \(name)") }
        let sorted = fields.sorted { $0.number < $1.number }
        var names: Set<String> = []
        var leaves = 0
        var below = 0
        for (index, field) in sorted.enumerated() {
            // JSON names drop underscores and fold case, so names that differ only there would collide for JSON readers.
            let folded = field.name.lowercased().filter { $0 != "_" }
            guard names.insert(folded).inserted, index == 0 || sorted[index - 1].number != field.number else {
                throw .duplicate(message: name, field: field.name)
            }
            leaves += field.type.leafCount
            below = max(below, field.type.depth)
        }
        for group in MessageSchema.oneofNames(of: sorted) where sorted.contains(where: { $0.name == group }) {
            throw .duplicate(message: name, field: group)
        }
        guard leaves <= limits.maxLeaves else { throw .tooLarge("more than \(limits.maxLeaves) leaf fields under \(name)") }
        guard below + 1 <= limits.maxDepth else { throw .tooLarge("more than \(limits.maxDepth) levels of messages at \(name)") }
        self.name = name
        self.fields = sorted
        self.annotation = annotation
        leafCount = leaves
        depth = below + 1
    }

    /// The field of that number, or nil.
    package func field(number: Int) -> FieldSchema? {
        fields.first { $0.number == number }
    }

    /// The field of that name, or nil.
    package func field(named name: String) -> FieldSchema? {
        fields.first { $0.name == name }
    }

    /// Names of the oneof groups, in the order of their lowest field number.
    package var oneofNames: [String] { MessageSchema.oneofNames(of: fields) }

    private static func oneofNames(of fields: [FieldSchema]) -> [String] {
        var names: [String] = []
        for field in fields {
            if case .oneof(let group) = field.cardinality, !names.contains(group) { names.append(group) }
        }
        return names
    }

    /// The same message with other fields or another annotation.
    package func with(fields: [FieldSchema], annotation: [UInt8]) throws(SchemaFault) -> MessageSchema {
        try MessageSchema(name: name, fields: fields, annotation: annotation)
    }

    /// The message that stands for one entry of a map field: `key` = 1, `value` = 2, as protobuf defines maps.
    package static func mapEntry(of field: FieldSchema, key: ScalarType, value: FieldType) throws(SchemaFault) -> MessageSchema {
        try MessageSchema(
            name: DescriptorEncoder.entryName(of: field.name),
            fields: [
                FieldSchema(number: 1, name: "key", type: .scalar(key), cardinality: .singular),
                FieldSchema(number: 2, name: "value", type: value, cardinality: .singular),
            ])
    }
}
