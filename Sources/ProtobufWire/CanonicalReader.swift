/// Reads one message that must be canonical: ascending field numbers, minimal tags, lengths and varints, no groups. The caller switches on
/// each field and refuses the numbers it does not define; a message type completes the check by encoding what it read and comparing
/// (`requireCanonical`), which catches defaults that are present and packing that differs.
///
/// ```swift
/// var reader = CanonicalReader(bytes)
/// while let field = try reader.next() {
///     switch field.number {
///     case 1: id = try field.string()
///     default: throw .unknownField(field.number)
///     }
/// }
/// ```
package struct CanonicalReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var position: Int
    private var last = 0

    package init(_ bytes: [UInt8]) {
        self.init(bytes[...])
    }

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// The next field, or nil at the end of the message.
    package mutating func next() throws(WireFault) -> CanonicalField? {
        guard position < bytes.endIndex else { return nil }
        let start = position - bytes.startIndex
        let tag = try varint()
        let number = tag >> 3
        guard number > 0, number < 1 << 29, !(19_000...19_999).contains(number) else { throw .fieldNumber(number, offset: start) }
        let field = Int(number)
        guard field >= last else { throw .outOfOrder(field: field) }
        let repeated = field == last
        last = field
        switch tag & 7 {
        case 0:
            return CanonicalField(number: field, isRepeat: repeated, content: .varint(try varint()))
        case 2:
            let length = try varint()
            guard length <= UInt64(bytes.endIndex - position) else { throw .lengthPastEnd(field: field) }
            let end = position + Int(length)
            defer { position = end }
            return CanonicalField(number: field, isRepeat: repeated, content: .bytes(bytes[position..<end]))
        default:
            // Fixed-width numbers do not occur in anything that is hashed or signed.
            throw .wireType(UInt8(tag & 7), field: field)
        }
    }

    private mutating func varint() throws(WireFault) -> UInt64 {
        let start = position - bytes.startIndex
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard position < bytes.endIndex else { throw .truncated(offset: start) }
            let byte = bytes[position]
            position += 1
            guard shift < 63 || byte <= 1 else { throw .varintTooLong(offset: start) }
            value |= UInt64(byte & 0x7f) << shift
            guard byte & 0x80 != 0 else {
                guard byte != 0 || shift == 0 else { throw .varintNotMinimal(offset: start) }
                return value
            }
            shift += 7
        }
    }

    /// All varints of a packed field.
    fileprivate static func packed(_ slice: ArraySlice<UInt8>) throws(WireFault) -> [UInt64] {
        var reader = CanonicalReader(slice)
        var values: [UInt64] = []
        while reader.position < slice.endIndex { values.append(try reader.varint()) }
        return values
    }
}

/// One field as it stands in the bytes, with checked conversions to what the definition says it is.
package struct CanonicalField: Sendable {
    package enum Content: Sendable {
        case varint(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    package let number: Int
    /// True where the field before this one had the same number. Singular conversions refuse it.
    let isRepeat: Bool
    package let content: Content

    /// A singular `uint64`.
    package func varint() throws(WireFault) -> UInt64 {
        try once()
        guard case .varint(let value) = content else { throw .unexpectedType(field: number) }
        return value
    }

    /// A singular `uint32`.
    package func uint32() throws(WireFault) -> UInt32 {
        guard let value = UInt32(exactly: try varint()) else { throw .outOfRange(field: number) }
        return value
    }

    /// A singular `int64` in two's complement.
    package func int64() throws(WireFault) -> Int64 {
        Int64(bitPattern: try varint())
    }

    /// A singular `bool`: 1 for true; false is never written.
    package func bool() throws(WireFault) -> Bool {
        switch try varint() {
        case 0: false
        case 1: true
        default: throw .outOfRange(field: number)
        }
    }

    /// A singular `bytes`.
    package func bytes() throws(WireFault) -> [UInt8] {
        try once()
        return try element()
    }

    /// A singular `string`.
    package func string() throws(WireFault) -> String {
        try once()
        return try stringElement()
    }

    /// A singular sub-message's bytes, for a reader of its own.
    package func message() throws(WireFault) -> ArraySlice<UInt8> {
        try once()
        return try messageElement()
    }

    /// One element of a repeated `bytes` field.
    package func element() throws(WireFault) -> [UInt8] {
        Array(try messageElement())
    }

    /// One element of a repeated `string` field.
    package func stringElement() throws(WireFault) -> String {
        guard let text = String(validating: try messageElement(), as: UTF8.self) else { throw .notUTF8(field: number) }
        return text
    }

    /// One element of a repeated sub-message field.
    package func messageElement() throws(WireFault) -> ArraySlice<UInt8> {
        guard case .bytes(let slice) = content else { throw .unexpectedType(field: number) }
        return slice
    }

    /// A packed repeated varint field.
    package func packed() throws(WireFault) -> [UInt64] {
        try once()
        return try CanonicalReader.packed(try messageElement())
    }

    private func once() throws(WireFault) {
        guard !isRepeat else { throw .duplicate(field: number) }
    }
}

/// Completes a strict decode: `original` must be exactly what encoding the decoded value gives.
package func requireCanonical(_ original: some Collection<UInt8>, reencoded: [UInt8]) throws(WireFault) {
    guard original.elementsEqual(reencoded) else { throw .notCanonical }
}
