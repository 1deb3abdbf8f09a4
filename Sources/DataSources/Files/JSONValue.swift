/// A value of JSON as it stands in the text: numbers are kept as written, since a double would change them.
enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case list([JSONValue])
    /// In the order of the text; no name stands twice.
    case object([Member])

    struct Member: Hashable, Sendable {
        let name: String
        let value: JSONValue
    }

    /// The kind in words, for messages.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a string"
        case .list: "a list"
        case .object: "an object"
        }
    }
}

/// Parses one JSON text (RFC 8259) strictly: no duplicate names, no text behind the value, no lone surrogates, valid UTF-8, bounded depth.
struct JSONParser {
    /// What is wrong, in words, and what to do.
    struct Fault: Error, Hashable {
        let fault: String
        let remedy: String
    }

    private let bytes: ArraySlice<UInt8>
    private var at: Int
    private let maxDepth: Int

    static func parse(_ bytes: ArraySlice<UInt8>, maxDepth: Int) throws(Fault) -> JSONValue {
        guard bytes.allSatisfy({ $0 < 0x80 }) || String(validating: bytes, as: UTF8.self) != nil else {
            throw Fault(fault: "its text is not UTF-8", remedy: "convert the file to UTF-8")
        }
        var parser = JSONParser(bytes: bytes, at: bytes.startIndex, maxDepth: maxDepth)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.at == bytes.endIndex else { throw Fault(fault: "something follows the value", remedy: "put one object on each line") }
        return value
    }

    private var byte: UInt8 { at < bytes.endIndex ? bytes[at] : 0 }

    private mutating func skipSpace() {
        while at < bytes.endIndex, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[at]) { at += 1 }
    }

    private var broken: Fault { Fault(fault: "it is not valid JSON at byte \(at - bytes.startIndex + 1)", remedy: "write one JSON object on each line") }

    private mutating func value(depth: Int) throws(Fault) -> JSONValue {
        guard depth <= maxDepth else { throw Fault(fault: "it is nested deeper than \(maxDepth) levels", remedy: "flatten it") }
        skipSpace()
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try list(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func word(_ text: String, _ value: JSONValue) throws(Fault) -> JSONValue {
        guard bytes[at...].starts(with: text.utf8) else { throw broken }
        at += text.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(Fault) -> JSONValue {
        at += 1
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        skipSpace()
        if byte == UInt8(ascii: "}") {
            at += 1
            return .object([])
        }
        while true {
            skipSpace()
            guard byte == UInt8(ascii: "\"") else { throw broken }
            let name = try string()
            guard names.insert(name).inserted else { throw Fault(fault: "a name stands twice in one object", remedy: "remove one of the two") }
            skipSpace()
            guard byte == UInt8(ascii: ":") else { throw broken }
            at += 1
            members.append(.init(name: name, value: try value(depth: depth + 1)))
            skipSpace()
            defer { at += 1 }
            if byte == UInt8(ascii: "}") { return .object(members) }
            guard byte == UInt8(ascii: ",") else { throw broken }
        }
    }

    private mutating func list(depth: Int) throws(Fault) -> JSONValue {
        at += 1
        var values: [JSONValue] = []
        skipSpace()
        if byte == UInt8(ascii: "]") {
            at += 1
            return .list([])
        }
        while true {
            values.append(try value(depth: depth + 1))
            skipSpace()
            defer { at += 1 }
            if byte == UInt8(ascii: "]") { return .list(values) }
            guard byte == UInt8(ascii: ",") else { throw broken }
        }
    }

    private mutating func number() throws(Fault) -> String {
        let start = at
        if byte == UInt8(ascii: "-") { at += 1 }
        if byte == UInt8(ascii: "0") { at += 1 } else { try digits() }
        if byte == UInt8(ascii: ".") {
            at += 1
            try digits()
        }
        if byte | 0x20 == UInt8(ascii: "e") {
            at += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { at += 1 }
            try digits()
        }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    private mutating func digits() throws(Fault) {
        let start = at
        while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
        guard at > start else { throw broken }
    }

    private mutating func string() throws(Fault) -> String {
        at += 1
        var text: [UInt8] = []
        while at < bytes.endIndex {
            let current = bytes[at]
            at += 1
            switch current {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case 0..<0x20: throw Fault(fault: "a control character stands in a string", remedy: "write it as \\u00XX")
            case UInt8(ascii: "\\"): text.append(contentsOf: String(try escape()).utf8)
            default: text.append(current)
            }
        }
        throw broken
    }

    private mutating func escape() throws(Fault) -> Unicode.Scalar {
        let letter = byte
        at += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try codePoint()
        default: throw broken
        }
    }

    private mutating func codePoint() throws(Fault) -> Unicode.Scalar {
        let first = try hex()
        var code = first
        if (0xd800...0xdbff).contains(first), bytes[at...].starts(with: "\\u".utf8) {
            at += 2
            let second = try hex()
            guard (0xdc00...0xdfff).contains(second) else { throw Fault(fault: "half a surrogate pair stands alone", remedy: "write both halves") }
            code = 0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(code), code != 0 else {
            throw Fault(fault: "half a surrogate pair or a zero stands in a string", remedy: "write both halves, or remove it")
        }
        return scalar
    }

    private mutating func hex() throws(Fault) -> UInt32 {
        guard bytes.endIndex - at >= 4, bytes[at..<at + 4].allSatisfy({ UInt8(ascii: "0") <= $0 && $0 < 0x80 }),
            let value = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
        else { throw broken }
        at += 4
        return value
    }
}
