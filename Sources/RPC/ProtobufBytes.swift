/// Writes the few protobuf messages that the transport itself sends. Default values are left out.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func varint(_ field: Int, _ value: UInt64) {
        guard value != 0 else { return }
        raw(UInt64(field) << 3)
        raw(value)
    }

    mutating func string(_ field: Int, _ value: String) {
        guard !value.isEmpty else { return }
        block(field, Array(value.utf8))
    }

    /// A message, string or bytes field; written even when empty.
    mutating func block(_ field: Int, _ value: [UInt8]) {
        raw(UInt64(field) << 3 | 2)
        raw(UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    private mutating func raw(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Reads the fields of one small protobuf message. Never reads past the end; nil for anything malformed.
struct ProtobufReader {
    enum Value: Equatable {
        case number(UInt64)
        case block([UInt8])
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// All fields in order. Groups are refused.
    static func fields(_ bytes: [UInt8]) -> [(field: Int, value: Value)]? {
        var reader = ProtobufReader(bytes)
        var fields: [(Int, Value)] = []
        while reader.position < bytes.count {
            guard let field = reader.next() else { return nil }
            fields.append(field)
        }
        return fields
    }

    private mutating func next() -> (Int, Value)? {
        guard let key = varint(), key >> 3 > 0, key >> 3 < 1 << 29 else { return nil }
        let field = Int(key >> 3)
        switch key & 7 {
        case 0: return varint().map { (field, .number($0)) }
        case 1: return take(8).map { (field, .number(Self.little($0))) }
        case 2:
            guard let count = varint(), count <= UInt64(bytes.count - position) else { return nil }
            return take(Int(count)).map { (field, .block(Array($0))) }
        case 5: return take(4).map { (field, .number(Self.little($0))) }
        default: return nil
        }
    }

    private mutating func varint() -> UInt64? {
        var value: UInt64 = 0
        for shift in 0..<10 {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            position += 1
            guard shift < 9 || byte <= 1 else { return nil }
            value |= UInt64(byte & 0x7F) << UInt64(shift * 7)
            if byte < 0x80 { return value }
        }
        return nil
    }

    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= bytes.count - position else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }

    private static func little(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension ProtobufReader.Value {
    var text: String? {
        guard case .block(let bytes) = self else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    var number: UInt64? {
        guard case .number(let value) = self else { return nil }
        return value
    }

    var block: [UInt8]? {
        guard case .block(let bytes) = self else { return nil }
        return bytes
    }
}
