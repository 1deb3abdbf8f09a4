import ProtobufWire

/// A record decoded in full, field by field, the plain way. The oracle's view; the walk over wire bytes shares none of it.
struct DecodedRecord {
    indirect enum Value {
        /// A number in canonical wire form.
        case number(UInt64)
        case bytes([UInt8])
        case message(DecodedRecord)
        /// Text that is not UTF-8, or an enum number that is not defined.
        case invalid
    }

    /// By field number. Singular fields have one value, that of the last occurrence.
    private(set) var fields: [Int: [Value]] = [:]

    /// What the oracle reads, and how.
    struct Reading {
        var isStrict: Bool
        /// The record's own fields that are not looked into.
        var withheld: Set<Int>
        var fieldsLeft: Int
    }

    init(_ bytes: [UInt8], as schema: MessageSchema, isStrict: Bool, withheld: Set<Int>, limits: RedactionLimits) throws(WireFault) {
        guard bytes.count <= limits.maxRecordBytes else { throw .tooLarge }
        var reading = Reading(isStrict: isStrict, withheld: withheld, fieldsLeft: limits.maxFields)
        try merge(bytes[...], as: schema, isEntry: false, &reading)
        try settleMaps(schema, isStrict: isStrict)
    }

    private init() {}

    /// A message in which nothing is set.
    static let empty = DecodedRecord()

    /// Reads the fields of one message into this value, on top of those it has: protobuf's merging.
    private mutating func merge(_ bytes: ArraySlice<UInt8>, as schema: MessageSchema, isEntry: Bool, _ reading: inout Reading) throws(WireFault) {
        var rest = bytes
        let withheld = reading.withheld
        reading.withheld = []
        while !rest.isEmpty {
            guard reading.fieldsLeft > 0 else { throw .tooLarge }
            reading.fieldsLeft -= 1
            let tag = try DecodedRecord.varint(&rest, reading.isStrict)
            guard tag >> 3 <= UInt64(SchemaLimits.maxFieldNumber), SchemaLimits.isFieldNumber(Int(tag >> 3)) else { throw .fieldNumber(tag >> 3, offset: 0) }
            let number = Int(tag >> 3)
            guard let type = WireType(rawValue: UInt8(tag & 7)) else { throw .wireType(UInt8(tag & 7), field: number) }
            let isKnown = schema.field(number: number).map { DecodedRecord.accepts(type, $0, reading.isStrict) } ?? false
            let content = try DecodedRecord.content(of: type, number, &rest, reading.isStrict && isKnown && !withheld.contains(number))
            guard let field = schema.field(number: number), isKnown else {
                guard !reading.isStrict else { throw .unknownField(number) }
                continue
            }
            if case .oneof(let group) = field.cardinality { try unset(group, except: number, in: schema, reading) }
            if withheld.contains(number) { continue }
            try take(content, type, field, isEntry: isEntry, &reading)
        }
    }

    private mutating func unset(_ group: String, except number: Int, in schema: MessageSchema, _ reading: Reading) throws(WireFault) {
        for other in schema.fields where other.cardinality == .oneof(group) && other.number != number {
            guard fields.removeValue(forKey: other.number) == nil || !reading.isStrict else { throw .duplicate(field: number) }
        }
    }

    private mutating func take(
        _ content: ArraySlice<UInt8>, _ type: WireType, _ field: FieldSchema, isEntry: Bool, _ reading: inout Reading
    ) throws(WireFault) {
        let number = field.number
        if reading.isStrict, fields[number] != nil, !field.isRepeated || DecodedRecord.isPackable(field.type) { throw .duplicate(field: number) }
        switch field.type {
        case .message(let child):
            var message = DecodedRecord()
            if !field.isRepeated, case .message(let before)? = fields[number]?.last { message = before }
            try message.merge(content, as: child, isEntry: false, &reading)
            fields[number] = (field.isRepeated ? fields[number] ?? [] : []) + [.message(message)]
        case .map(let key, let value):
            var entry = DecodedRecord()
            try entry.merge(content, as: try DecodedRecord.entry(field, key, value), isEntry: true, &reading)
            fields[number, default: []].append(.message(entry))
        case .scalar, .enumeration:
            var values: [Value] = []
            if field.isRepeated, DecodedRecord.isPackable(field.type), type == .length {
                guard !content.isEmpty || !reading.isStrict else { throw .notCanonical }
                var inner = content
                while !inner.isEmpty {
                    guard reading.fieldsLeft > 0 else { throw .tooLarge }
                    reading.fieldsLeft -= 1
                    let element = try DecodedRecord.content(of: DecodedRecord.wireType(field.type), number, &inner, reading.isStrict)
                    values.append(try DecodedRecord.value(element, field, isEntry: isEntry, reading.isStrict))
                }
            } else {
                values = [try DecodedRecord.value(content, field, isEntry: isEntry, reading.isStrict)]
            }
            fields[number] = (field.isRepeated ? fields[number] ?? [] : []) + values
        }
    }

    // MARK: Values

    private static func value(_ content: ArraySlice<UInt8>, _ field: FieldSchema, isEntry: Bool, _ isStrict: Bool) throws(WireFault) -> Value {
        let hasDefaults = !field.hasPresence && !field.isRepeated && !isEntry
        let scalar: ScalarType
        switch field.type {
        case .scalar(let type): scalar = type
        case .enumeration: scalar = .int32
        case .message, .map: preconditionFailure("messages are merged")
        }
        if scalar == .string || scalar == .bytes {
            if scalar == .string, String(validating: content, as: UTF8.self) == nil {
                guard !isStrict else { throw .notUTF8(field: field.number) }
                return .invalid
            }
            guard !isStrict || !hasDefaults || !content.isEmpty else { throw .notCanonical }
            return .bytes(Array(content))
        }
        var raw: UInt64 = 0
        if scalar.wireType == .varint {
            var rest = content
            raw = try varint(&rest, isStrict)
        } else {
            for byte in content.reversed() { raw = raw << 8 | UInt64(byte) }
        }
        let number = scalar.canonical(raw)
        if isStrict, number != raw { throw .outOfRange(field: field.number) }
        if isStrict, hasDefaults, number == 0 { throw .notCanonical }
        if case .enumeration(let enumeration) = field.type, !enumeration.values.contains(where: { $0.number == Int32(truncatingIfNeeded: number) }) {
            guard !isStrict else { throw .outOfRange(field: field.number) }
            return .invalid
        }
        return .number(number)
    }

    // MARK: Maps

    /// In every map: the last entry of each key, ascending, without those whose key or plain value is invalid.
    private mutating func settleMaps(_ schema: MessageSchema, isStrict: Bool) throws(WireFault) {
        for field in schema.fields {
            guard let values = fields[field.number] else { continue }
            switch field.type {
            case .scalar, .enumeration: break
            case .message(let child):
                fields[field.number] = try DecodedRecord.settled(values, child, isStrict)
            case .map(let key, let value):
                let entries = try DecodedRecord.settled(values, try DecodedRecord.entry(field, key, value), isStrict)
                fields[field.number] = try DecodedRecord.ordered(entries, key, field, isStrict)
            }
        }
    }

    private static func settled(_ values: [Value], _ schema: MessageSchema, _ isStrict: Bool) throws(WireFault) -> [Value] {
        var settled: [Value] = []
        for value in values {
            guard case .message(var message) = value else { continue }
            try message.settleMaps(schema, isStrict: isStrict)
            settled.append(.message(message))
        }
        return settled
    }

    private static func ordered(_ entries: [Value], _ key: ScalarType, _ field: FieldSchema, _ isStrict: Bool) throws(WireFault) -> [Value] {
        var texts: [[UInt8]: DecodedRecord] = [:]
        var numbers: [Int128: DecodedRecord] = [:]
        for entry in entries {
            guard case .message(let message) = entry else { continue }
            let old: DecodedRecord?
            switch (message.fields[1]?.last, key) {
            case (.bytes(let text), _): old = texts.updateValue(message, forKey: text)
            case (.number(let number), _): old = numbers.updateValue(message, forKey: key.integer(number))
            case (nil, .string): old = texts.updateValue(message, forKey: [])
            case (nil, _): old = numbers.updateValue(message, forKey: 0)
            case (.message, _), (.invalid, _): old = nil
            }
            guard old == nil || !isStrict else { throw .duplicate(field: field.number) }
        }
        let ascending = texts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value) + numbers.sorted { $0.key < $1.key }.map(\.value)
        return ascending.filter { message in
            if case .invalid? = message.fields[2]?.last { false } else { true }
        }.map(Value.message)
    }

    static func entry(_ field: FieldSchema, _ key: ScalarType, _ value: FieldType) throws(WireFault) -> MessageSchema {
        do throws(SchemaFault) {
            return try MessageSchema.mapEntry(of: field, key: key, value: value)
        } catch {
            preconditionFailure("the entry of a valid map field is valid: \(error)")
        }
    }
}

// MARK: Wire

extension DecodedRecord {
    static func isPackable(_ type: FieldType) -> Bool {
        switch type {
        case .scalar(let scalar): scalar.isPackable
        case .enumeration: true
        case .message, .map: false
        }
    }

    static func wireType(_ type: FieldType) -> WireType {
        switch type {
        case .scalar(let scalar): scalar.wireType
        case .enumeration: .varint
        case .message, .map: .length
        }
    }

    private static func accepts(_ type: WireType, _ field: FieldSchema, _ isStrict: Bool) -> Bool {
        let isPacked = field.isRepeated && isPackable(field.type)
        if isPacked, type == .length { return true }
        return type == wireType(field.type) && !(isPacked && isStrict)
    }

    private static func content(of type: WireType, _ number: Int, _ rest: inout ArraySlice<UInt8>, _ isStrict: Bool) throws(WireFault) -> ArraySlice<UInt8> {
        let length: Int
        switch type {
        case .varint:
            let start = rest
            _ = try varint(&rest, isStrict)
            return start[start.startIndex..<rest.startIndex]
        case .fixed64: length = 8
        case .fixed32: length = 4
        case .length:
            let value = try varint(&rest, isStrict)
            guard value <= UInt64(rest.count) else { throw .lengthPastEnd(field: number) }
            length = Int(value)
        }
        guard rest.count >= length else { throw .truncated(offset: 0) }
        defer { rest = rest.dropFirst(length) }
        return rest.prefix(length)
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>, _ isStrict: Bool) throws(WireFault) -> UInt64 {
        let bytes = rest.prefix(10).prefix { $0 >= 0x80 }
        guard bytes.count < 10 else { throw .varintTooLong(offset: 0) }
        guard bytes.count < rest.count else { throw .truncated(offset: 0) }
        let last = rest[rest.startIndex + bytes.count]
        guard bytes.count < 9 || last <= 1 else { throw .varintTooLong(offset: 0) }
        guard last != 0 || bytes.isEmpty || !isStrict else { throw .varintNotMinimal(offset: 0) }
        var value = UInt64(last)
        for byte in bytes.reversed() { value = value << 7 | UInt64(byte & 0x7f) }
        rest = rest.dropFirst(bytes.count + 1)
        return value
    }
}
