/// Why bytes are not an acceptable protobuf message. Carries numbers of fields and offsets only, never a value.
package enum WireFault: Error, Hashable, Sendable {
    /// The bytes end inside a tag, a length or a value that starts at `offset`.
    case truncated(offset: Int)
    /// A varint of more than ten bytes, or one whose tenth byte is over 1 (protobuf encoding, "Base 128 Varints").
    case varintTooLong(offset: Int)
    /// A varint that a shorter one could have said. Canonical bytes have one spelling.
    case varintNotMinimal(offset: Int)
    /// Field number 0, a number in 19000...19999, or one over 2^29 - 1.
    case fieldNumber(UInt64, offset: Int)
    /// Wire types 3, 4 (groups), 6 and 7 are never accepted.
    case wireType(UInt8, field: Int)
    /// A length that passes the end of the enclosing bytes.
    case lengthPastEnd(field: Int)
    /// A field that comes after a higher-numbered one in bytes that must be canonical.
    case outOfOrder(field: Int)
    /// A singular field met twice.
    case duplicate(field: Int)
    /// A field that this message does not define.
    case unknownField(Int)
    /// A known field with another wire type than its definition's.
    case unexpectedType(field: Int)
    /// Bytes of a string field that are not UTF-8.
    case notUTF8(field: Int)
    /// A number outside what its field allows, such as an enum value that is not defined.
    case outOfRange(field: Int)
    /// A field that must be present and is not.
    case missing(field: Int)
    /// A value that decodes, but whose encoding is not the canonical one.
    case notCanonical
    /// Sub-messages nested deeper than the limit.
    case tooDeep
    /// More bytes or fields than the limit.
    case tooLarge
}
