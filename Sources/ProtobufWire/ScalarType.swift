/// The scalar types of proto3. Raw values are those of `google.protobuf.FieldDescriptorProto.Type`.
package enum ScalarType: UInt8, Hashable, CaseIterable, Sendable {
    case double = 1
    case float = 2
    case int64 = 3
    case uint64 = 4
    case int32 = 5
    case fixed64 = 6
    case fixed32 = 7
    case bool = 8
    case string = 9
    case bytes = 12
    case uint32 = 13
    case sfixed32 = 15
    case sfixed64 = 16
    case sint32 = 17
    case sint64 = 18

    /// The name as a `.proto` file spells it.
    package var name: String {
        switch self {
        case .double: "double"
        case .float: "float"
        case .int64: "int64"
        case .uint64: "uint64"
        case .int32: "int32"
        case .fixed64: "fixed64"
        case .fixed32: "fixed32"
        case .bool: "bool"
        case .string: "string"
        case .bytes: "bytes"
        case .uint32: "uint32"
        case .sfixed32: "sfixed32"
        case .sfixed64: "sfixed64"
        case .sint32: "sint32"
        case .sint64: "sint64"
        }
    }

    /// Nil for a word that is not a proto3 scalar type.
    package init?(name: String) {
        guard let found = ScalarType.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// How one value of this type stands on the wire.
    package var wireType: WireType {
        switch self {
        case .double, .fixed64, .sfixed64: .fixed64
        case .float, .fixed32, .sfixed32: .fixed32
        case .string, .bytes: .length
        case .int64, .uint64, .int32, .bool, .uint32, .sint32, .sint64: .varint
        }
    }

    /// Whether repeated values stand in one packed field, as proto3 writes them.
    package var isPackable: Bool { wireType != .length }

    /// Whether the type may be a map's key: whole numbers, `bool` and `string`.
    package var isMapKey: Bool {
        switch self {
        case .double, .float, .bytes: false
        case .int64, .uint64, .int32, .fixed64, .fixed32, .bool, .string, .uint32, .sfixed32, .sfixed64, .sint32, .sint64: true
        }
    }

    /// Whether the type is a whole number.
    package var isInteger: Bool {
        switch self {
        case .double, .float, .bool, .string, .bytes: false
        case .int64, .uint64, .int32, .fixed64, .fixed32, .uint32, .sfixed32, .sfixed64, .sint32, .sint64: true
        }
    }
}

/// The wire types that are read. Groups (3, 4) and the undefined 6 and 7 are refused wherever they stand.
package enum WireType: UInt8, Hashable, Sendable {
    case varint = 0
    case fixed64 = 1
    case length = 2
    case fixed32 = 5
}
