import ProtobufWire

/// One thing that a row must satisfy to be read: a field has one of some values. Several conditions must all hold.
package struct SourceCondition: Hashable, Sendable {
    /// The value of a field that a key or filter may name, as the file holds it.
    package enum Value: Hashable, Sendable {
        case integer(Int64)
        case text(String)
    }

    /// The field's number in the record.
    package let number: Int
    /// In ascending order, each once. None means that no row satisfies it.
    package let values: [Value]

    /// Parses each text as the field's type: decimal digits, `true` or `false`, an enum value's name, or the text itself.
    /// Throws `SourceFault.condition` where the layout neither has the field as key or filter nor can parse the text.
    package init(
        field name: String, isOneOf texts: [String], in layout: SourceLayout, limits: SourceLimits = .standard
    ) throws(SourceFault) {
        guard let field = layout.root.field(named: name), layout.isIndexed(field) else {
            throw .condition(field: name, fault: "it is neither the key nor a filter field of the dataset; use one that `describe` lists")
        }
        guard texts.count <= limits.maxConditionValues else {
            throw .tooLarge(what: "values of one condition", limit: limits.maxConditionValues)
        }
        var values: [Value] = []
        for text in texts { values.append(try SourceCondition.value(text, of: field)) }
        number = field.number
        self.values = values.count == 1 ? values : Array(Set(values)).sorted()
    }

    package init(field name: String, equals text: String, in layout: SourceLayout) throws(SourceFault) {
        try self.init(field: name, isOneOf: [text], in: layout)
    }

    private static func value(_ text: String, of field: FieldSchema) throws(SourceFault) -> Value {
        switch field.type {
        case .scalar(.string): return .text(text)
        case .scalar(.bool):
            guard text == "true" || text == "false" else { throw .condition(field: field.name, fault: "it is true or false; write one of these") }
            return .integer(text == "true" ? 1 : 0)
        case .enumeration(let enumeration):
            guard let number = enumeration.number(of: text) else {
                throw .condition(field: field.name, fault: "the enum has no such value; write one of its names")
            }
            return .integer(Int64(number))
        case .scalar(let scalar):
            guard let number = scalar.integer(text) else {
                throw .condition(field: field.name, fault: "it is a \(scalar.name); write decimal digits within its range")
            }
            return .integer(number)
        case .message, .map: throw .condition(field: field.name, fault: "it is not a single value")
        }
    }
}

extension SourceCondition.Value: Comparable {
    package static func < (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.integer(let left), .integer(let right)): left < right
        case (.text(let left), .text(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.integer, .text): true
        case (.text, .integer): false
        }
    }
}

extension ScalarType {
    /// The number that decimal text says, as a column holds it, or nil outside the type's range or for any other spelling than the shortest.
    func integer(_ text: String) -> Int64? {
        let value: Int64?
        switch self {
        case .int64, .sint64, .sfixed64: value = Int64(text)
        case .int32, .sint32, .sfixed32: value = Int32(text).map(Int64.init)
        case .uint32, .fixed32: value = UInt32(text).map(Int64.init)
        case .uint64, .fixed64: return UInt64(text).flatMap { String($0) == text ? Int64(bitPattern: $0) : nil }
        case .bool, .double, .float, .string, .bytes: return nil
        }
        return value.flatMap { String($0) == text ? $0 : nil }
    }

    /// The decimal text of a number that a column holds: what `integer` reads as that number.
    func text(_ value: Int64) -> String {
        switch self {
        case .uint64, .fixed64: String(UInt64(bitPattern: value))
        default: String(value)
        }
    }
}
