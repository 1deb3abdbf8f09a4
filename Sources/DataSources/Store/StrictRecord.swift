import ProtobufWire

/// Reads one record's wire bytes strictly, as its schema says and in canonical form only, and finds where each field stands.
/// What passes here is stored as it is, so everything that a partner could be made to misread is refused: unknown fields, repeated single
/// fields, other wire types, overlong numbers, text that is not UTF-8, defaults written out (attacks D1 to D10).
struct StrictRecord {
    /// Where reading stopped, and why. `path` is from the record's own field down, empty for the record itself.
    struct Fault: Error, Equatable {
        let fault: WireFault
        let path: [String]

        init(_ fault: WireFault, at path: [String] = []) {
            self.fault = fault
            self.path = path
        }
    }

    /// One value of a field as it stands.
    enum Content: Equatable {
        /// Varints and fixed-width numbers, as their bits.
        case number(UInt64)
        /// The content of a length: a string, bytes, a message, packed numbers.
        case span(Range<Int>)
    }

    private let bytes: [UInt8]
    private var position = 0

    /// Reads all of `bytes`. `visit` gets the place of each of the record's own fields in its shape, the range of all its occurrences with
    /// their tags, and the content of the last one.
    static func read(_ bytes: [UInt8], as shape: RecordShape, visit: (Int, Range<Int>, Content) -> Void) throws(Fault) {
        var reader = StrictRecord(bytes: bytes)
        try reader.message(shape, end: bytes.count, depth: 1, visit: visit)
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func message(
        _ shape: RecordShape, end: Int, depth: Int, visit: (Int, Range<Int>, Content) -> Void
    ) throws(Fault) {
        guard depth <= SchemaLimits.standard.maxDepth else { throw Fault(.tooDeep) }
        var index = 0
        var groups: [Int] = []
        var last = 0
        while position < end {
            let start = position
            let (number, wire) = try tag(end: end)
            while index < shape.fields.count, shape.fields[index].number < number { index += 1 }
            guard index < shape.fields.count, shape.fields[index].number == number else {
                let known = shape.fields.first { $0.number == number }
                throw Fault(known == nil ? .unknownField(number) : number == last ? .duplicate(field: number) : .outOfOrder(field: number))
            }
            let field = shape.fields[index]
            if let group = field.group {
                guard !groups.contains(group) else { throw Fault(.duplicate(field: number), at: [field.name]) }
                groups.append(group)
            }
            do throws(Fault) {
                var content = try value(of: field, wire: wire, end: end, depth: depth)
                while field.isRepeated, !field.isPacked, let next = try nextTag(of: number, end: end) {
                    position = next.end
                    content = try value(of: field, wire: next.wire, end: end, depth: depth)
                }
                visit(index, start..<position, content)
            } catch {
                throw Fault(error.fault, at: [field.name] + error.path)
            }
            last = number
            index += 1
        }
    }

    /// The tag at the position where it is of the same field, without moving.
    private func nextTag(of number: Int, end: Int) throws(Fault) -> (wire: UInt8, end: Int)? {
        guard position < end else { return nil }
        var ahead = self
        let (next, wire) = try ahead.tag(end: end)
        return next == number ? (wire, ahead.position) : nil
    }

    private mutating func value(of field: RecordShape.Field, wire: UInt8, end: Int, depth: Int) throws(Fault) -> Content {
        if field.isPacked { return try packed(field, wire: wire, end: end) }
        let content: Content
        switch field.kind {
        case .scalar(let scalar):
            guard wire == scalar.wireType.rawValue else { throw Fault(.unexpectedType(field: field.number)) }
            content = try self.scalar(scalar, of: field.number, end: end)
        case .enumeration(let enumeration):
            guard wire == WireType.varint.rawValue else { throw Fault(.unexpectedType(field: field.number)) }
            content = try self.enumeration(enumeration, of: field.number, end: end)
        case .message(let shape):
            let range = try length(of: field.number, wire: wire, end: end)
            position = range.lowerBound
            try message(shape, end: range.upperBound, depth: depth + 1) { _, _, _ in }
            return .span(range)
        }
        guard !field.isImplicit || !content.isDefault else { throw Fault(.notCanonical) }
        return content
    }

    private mutating func packed(_ field: RecordShape.Field, wire: UInt8, end: Int) throws(Fault) -> Content {
        let range = try length(of: field.number, wire: wire, end: end)
        guard !range.isEmpty else { throw Fault(.notCanonical) }
        position = range.lowerBound
        while position < range.upperBound {
            switch field.kind {
            case .scalar(let scalar): _ = try self.scalar(scalar, of: field.number, end: range.upperBound)
            case .enumeration(let enumeration): _ = try self.enumeration(enumeration, of: field.number, end: range.upperBound)
            case .message: preconditionFailure("messages are not packed")
            }
        }
        return .span(range)
    }

    private mutating func enumeration(_ schema: EnumSchema, of number: Int, end: Int) throws(Fault) -> Content {
        let value = try varint(end: end)
        guard let small = Int32(exactly: Int64(bitPattern: value)), schema.contains(small) else { throw Fault(.outOfRange(field: number)) }
        return .number(value)
    }

    private mutating func scalar(_ type: ScalarType, of number: Int, end: Int) throws(Fault) -> Content {
        switch type {
        case .string:
            let range = try length(of: number, wire: WireType.length.rawValue, end: end)
            guard bytes[range].allSatisfy({ $0 < 0x80 }) || String(validating: bytes[range], as: UTF8.self) != nil else {
                throw Fault(.notUTF8(field: number))
            }
            return .span(range)
        case .bytes: return .span(try length(of: number, wire: WireType.length.rawValue, end: end))
        case .double:
            let bits = try fixed(8, end: end)
            guard isPlain(Double(bitPattern: bits)) else { throw Fault(.outOfRange(field: number)) }
            return .number(bits)
        case .float:
            let bits = try fixed(4, end: end)
            guard isPlain(Double(Float(bitPattern: UInt32(bits)))) else { throw Fault(.outOfRange(field: number)) }
            return .number(bits)
        case .fixed64, .sfixed64: return .number(try fixed(8, end: end))
        case .fixed32, .sfixed32: return .number(try fixed(4, end: end))
        case .int64, .uint64, .sint64: return .number(try varint(end: end))
        case .int32:
            let value = try varint(end: end)
            guard Int32(exactly: Int64(bitPattern: value)) != nil else { throw Fault(.outOfRange(field: number)) }
            return .number(value)
        case .uint32, .sint32:
            let value = try varint(end: end)
            guard value <= UInt64(UInt32.max) else { throw Fault(.outOfRange(field: number)) }
            return .number(value)
        case .bool:
            let value = try varint(end: end)
            guard value <= 1 else { throw Fault(.outOfRange(field: number)) }
            return .number(value)
        }
    }

    /// A number that has one spelling and compares equal to itself: neither NaN nor minus zero.
    private func isPlain(_ value: Double) -> Bool { !value.isNaN && !(value == 0 && value.sign == .minus) }

    private mutating func tag(end: Int) throws(Fault) -> (number: Int, wire: UInt8) {
        let start = position
        let value = try varint(end: end)
        let number = value >> 3
        guard number <= UInt64(SchemaLimits.maxFieldNumber), SchemaLimits.isFieldNumber(Int(number)) else {
            throw Fault(.fieldNumber(number, offset: start))
        }
        guard WireType(rawValue: UInt8(value & 7)) != nil else { throw Fault(.wireType(UInt8(value & 7), field: Int(number))) }
        return (Int(number), UInt8(value & 7))
    }

    /// Reads a length and moves past its content.
    private mutating func length(of number: Int, wire: UInt8, end: Int) throws(Fault) -> Range<Int> {
        guard wire == WireType.length.rawValue else { throw Fault(.unexpectedType(field: number)) }
        let count = try varint(end: end)
        guard count <= UInt64(end - position) else { throw Fault(.lengthPastEnd(field: number)) }
        let range = position..<position + Int(count)
        position = range.upperBound
        return range
    }

    private mutating func fixed(_ width: Int, end: Int) throws(Fault) -> UInt64 {
        guard end - position >= width else { throw Fault(.truncated(offset: position)) }
        var value: UInt64 = 0
        for offset in 0..<width { value |= UInt64(bytes[position + offset]) << UInt64(8 * offset) }
        position += width
        return value
    }

    private mutating func varint(end: Int) throws(Fault) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard position < end else { throw Fault(.truncated(offset: start)) }
            let byte = bytes[position]
            position += 1
            guard shift < 63 || byte <= 1 else { throw Fault(.varintTooLong(offset: start)) }
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 {
                guard byte != 0 || shift == 0 else { throw Fault(.varintNotMinimal(offset: start)) }
                return value
            }
            shift += 7
        }
    }
}

extension StrictRecord.Content {
    fileprivate var isDefault: Bool {
        switch self {
        case .number(let bits): bits == 0
        case .span(let range): range.isEmpty
        }
    }
}
