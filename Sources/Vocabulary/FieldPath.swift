/// Where a field stands in a record: field names from the top, such as `award.elements.amount_pence`. Repeated fields and maps have one path for
/// all their elements.
package struct FieldPath: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Deepest path: as many names as a record may have levels.
    package static let maxDepth = 64

    package let names: [String]
    /// The names with dots between them, which no name holds: what paths are compared and looked up by.
    private let text: String

    /// Nil unless there are 1 to 64 names, each a protobuf field name: a letter or `_`, then letters, digits and `_`, at most 64 bytes.
    package init?(names: [String]) {
        guard (1...FieldPath.maxDepth).contains(names.count), names.allSatisfy(FieldPath.isFieldName) else { return nil }
        self.names = names
        text = names.count == 1 ? names[0] : names.joined(separator: ".")
    }

    /// Parses names with single dots between them.
    package init?(_ text: String) {
        guard text.utf8.count <= FieldPath.maxDepth * 65 else { return nil }
        self.init(names: text.split(separator: ".", omittingEmptySubsequences: false).map(String.init))
    }

    package var description: String { text }

    package static func == (left: FieldPath, right: FieldPath) -> Bool {
        left.text == right.text
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(text)
    }

    /// The field's name in its own message.
    package var leaf: String { names[names.count - 1] }

    /// The top-level field that holds this one: the record's own field where the path has one name.
    package var top: String { names[0] }

    /// Whether `other` is this field or lies inside it.
    package func contains(_ other: FieldPath) -> Bool {
        other.names.starts(with: names)
    }

    /// The path of a field inside this one; nil where the name is not a field name or the path would be too deep.
    package func appending(_ name: String) -> FieldPath? {
        FieldPath(names: names + [name])
    }

    package static func < (left: FieldPath, right: FieldPath) -> Bool {
        left.names.lexicographicallyPrecedes(right.names)
    }

    package static func isFieldName(_ name: String) -> Bool {
        let bytes = name.utf8
        guard (1...64).contains(bytes.count), let first = bytes.first, isWordByte(first), !isDecimalDigit(first) else { return false }
        return bytes.allSatisfy(isWordByte)
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_") || isDecimalDigit(byte)
    }

    private static func isDecimalDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
