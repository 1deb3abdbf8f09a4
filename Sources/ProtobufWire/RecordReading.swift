/// Reading of records that this program did not write: lenient where protobuf is (any order, repeated singular fields, overlong varints), so that every
/// reader's view can be computed, and without a copy. Positions are bytes from the start of the span.
///
/// The functions trap on positions outside the span and throw on bytes that end early; they never read past `end`.
extension Span<UInt8> {
    /// A varint of up to ten bytes at `position`, which moves behind it. `isStrict` refuses one that a shorter could have said.
    package func varint(at position: inout Int, upTo end: Int, isStrict: Bool) throws(WireFault) -> UInt64 {
        guard position < end else { throw .truncated(offset: position) }
        let first = self[position]
        if first < 0x80 {
            position += 1
            return UInt64(first)
        }
        return try longVarint(at: &position, upTo: end, isStrict: isStrict)
    }

    private func longVarint(at position: inout Int, upTo end: Int, isStrict: Bool) throws(WireFault) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard position < end else { throw .truncated(offset: start) }
            let byte = self[position]
            position += 1
            guard shift < 63 || (shift == 63 && byte <= 1) else { throw .varintTooLong(offset: start) }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 {
                guard byte != 0 || !isStrict else { throw .varintNotMinimal(offset: start) }
                return value
            }
            shift += 7
        }
    }

    /// A tag at `position`, which moves behind it. Throws for field numbers that no message can have and for wire types 3, 4, 6 and 7.
    package func tag(at position: inout Int, upTo end: Int, isStrict: Bool) throws(WireFault) -> (number: Int, type: WireType) {
        let start = position
        let tag = try varint(at: &position, upTo: end, isStrict: isStrict)
        let number = tag >> 3
        guard number <= UInt64(SchemaLimits.maxFieldNumber), SchemaLimits.isFieldNumber(Int(number)) else {
            throw .fieldNumber(number, offset: start)
        }
        guard let type = WireType(rawValue: UInt8(tag & 7)) else { throw .wireType(UInt8(tag & 7), field: Int(number)) }
        return (Int(number), type)
    }

    /// The content of a length-prefixed field at `position`, which moves behind it.
    package func content(at position: inout Int, upTo end: Int, field: Int, isStrict: Bool) throws(WireFault) -> Range<Int> {
        let length = try varint(at: &position, upTo: end, isStrict: isStrict)
        guard length <= UInt64(end - position) else { throw .lengthPastEnd(field: field) }
        let start = position
        position += Int(length)
        return start..<position
    }

    /// Eight bytes, least significant first.
    package func fixed64(at position: inout Int, upTo end: Int) throws(WireFault) -> UInt64 {
        guard end - position >= 8 else { throw .truncated(offset: position) }
        var value: UInt64 = 0
        for index in 0..<8 { value |= UInt64(self[position + index]) << UInt64(8 * index) }
        position += 8
        return value
    }

    /// Four bytes, least significant first.
    package func fixed32(at position: inout Int, upTo end: Int) throws(WireFault) -> UInt64 {
        guard end - position >= 4 else { throw .truncated(offset: position) }
        var value: UInt64 = 0
        for index in 0..<4 { value |= UInt64(self[position + index]) << UInt64(8 * index) }
        position += 4
        return value
    }

    /// Moves behind a value that nobody wants.
    package func skip(_ type: WireType, at position: inout Int, upTo end: Int, field: Int, isStrict: Bool) throws(WireFault) {
        switch type {
        case .varint: _ = try varint(at: &position, upTo: end, isStrict: isStrict)
        case .fixed64: _ = try fixed64(at: &position, upTo: end)
        case .length: _ = try content(at: &position, upTo: end, field: field, isStrict: isStrict)
        case .fixed32: _ = try fixed32(at: &position, upTo: end)
        }
    }

    /// Whether the range is well-formed UTF-8 (Unicode 3.9, table 3-7): no overlong forms, no surrogates, nothing over U+10FFFF.
    package func isUTF8(_ range: Range<Int>) -> Bool {
        var combined: UInt8 = 0
        for index in range { combined |= self[index] }
        if combined < 0x80 { return true }
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: extracting(range))
            return true
        } catch {
            return false
        }
    }
}

extension ScalarType {
    /// The one spelling of a number that any reader of this type would understand as `raw`: 32-bit types keep the low 32 bits, as protobuf readers
    /// do; `bool` becomes 0 or 1; not-a-number loses its payload and minus zero its sign. A strict reader refuses what this changes.
    package func canonical(_ raw: UInt64) -> UInt64 {
        switch self {
        case .int64, .uint64, .fixed64, .sfixed64, .sint64, .fixed32, .sfixed32, .string, .bytes: return raw
        case .int32: return UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: raw)))
        case .uint32, .sint32: return raw & 0xffff_ffff
        case .bool: return raw == 0 ? 0 : 1
        case .double:
            if raw == 0x8000_0000_0000_0000 { return 0 }
            return raw & 0x7fff_ffff_ffff_ffff > 0x7ff0_0000_0000_0000 ? 0x7ff8_0000_0000_0000 : raw
        case .float:
            if raw == 0x8000_0000 { return 0 }
            return raw & 0x7fff_ffff > 0x7f80_0000 ? 0x7fc0_0000 : raw
        }
    }

    /// The value of a whole-number type from its canonical wire form.
    package func integer(_ raw: UInt64) -> Int128 {
        switch self {
        case .uint64, .fixed64, .uint32, .fixed32, .bool: Int128(raw)
        case .int64, .sfixed64, .int32: Int128(Int64(bitPattern: raw))
        case .sfixed32: Int128(Int32(truncatingIfNeeded: raw))
        case .sint32, .sint64: Int128(Int64(bitPattern: (raw >> 1) ^ (0 &- (raw & 1))))
        case .double, .float, .string, .bytes: 0
        }
    }

    /// The canonical wire form of a whole number; nil where the type cannot hold it.
    package func raw(_ integer: Int128) -> UInt64? {
        switch self {
        case .uint64, .fixed64: return UInt64(exactly: integer)
        case .uint32, .fixed32: return UInt32(exactly: integer).map(UInt64.init)
        case .int64, .sfixed64: return Int64(exactly: integer).map { UInt64(bitPattern: $0) }
        case .int32: return Int32(exactly: integer).map { UInt64(bitPattern: Int64($0)) }
        case .sfixed32: return Int32(exactly: integer).map { UInt64(UInt32(bitPattern: $0)) }
        case .sint32: return Int32(exactly: integer).map { UInt64(UInt32(bitPattern: ($0 << 1) ^ ($0 >> 31))) }
        case .sint64: return Int64(exactly: integer).map { UInt64(bitPattern: ($0 << 1) ^ ($0 >> 63)) }
        case .bool, .double, .float, .string, .bytes: return nil
        }
    }
}
