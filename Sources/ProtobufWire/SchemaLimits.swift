/// Bounds on a runtime schema, so that everything compiled from one is bounded too.
package struct SchemaLimits: Hashable, Sendable {
    /// Levels of messages, the root counted as the first.
    package var maxDepth = 64
    /// Fields of one message.
    package var maxFields = 512
    /// Leaf paths of the whole record (a shared message counts wherever it is used).
    package var maxLeaves = 1_024
    /// Values of one enum.
    package var maxEnumValues = 4_096
    /// Bytes of a message, field, enum or value name.
    package var maxNameBytes = 64
    /// Bytes of one annotation.
    package var maxAnnotationBytes = 1_024
    /// Bytes of the canonical descriptor set.
    package var maxDescriptorBytes = 1 << 20

    /// What every schema is held to.
    package static let standard = SchemaLimits()

    /// The highest field number. 2^29 - 1, which protobuf would allow, is left out so that a tag of all ones is always an error.
    package static let maxFieldNumber = (1 << 29) - 2
    /// Numbers that protobuf reserves for its implementations.
    package static let reservedNumbers = 19_000...19_999

    /// Whether a field may have this number.
    package static func isFieldNumber(_ number: Int) -> Bool {
        number >= 1 && number <= maxFieldNumber && !reservedNumbers.contains(number)
    }
}
