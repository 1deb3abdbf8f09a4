/// Reads JSON (RFC 8259) more strictly than the standard asks: integers of 64 bits only, no duplicate member, no lone surrogate, no NUL,
/// bounded depth and size. Whatever two parsers could understand differently is refused.
package struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0
    private var values = 0

    /// Reads the one value that `bytes` holds.
    package static func value(_ bytes: [UInt8], limit: Int) throws(JSONFault) -> JSONValue {
        guard bytes.count <= limit else { throw .tooLarge }
        var reader = JSONReader(bytes: bytes)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.position == bytes.count else { throw .trailing(offset: reader.position) }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var next: UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { position += 1 }
    }

    private mutating func take(_ byte: UInt8) throws(JSONFault) {
        guard next == byte else { throw .syntax(offset: position) }
        position += 1
    }

    private mutating func value(depth: Int) throws(JSONFault) -> JSONValue {
        guard depth < TokenLimits.maxJSONDepth else { throw .tooDeep(offset: position) }
        values += 1
        guard values <= TokenLimits.maxJSONValues else { throw .tooManyValues }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try members(depth: depth))
        case UInt8(ascii: "["): return .array(try elements(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .integer(try integer())
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONFault) -> JSONValue {
        for byte in "\(text)".utf8 { try take(byte) }
        return value
    }

    private mutating func members(depth: Int) throws(JSONFault) -> [JSONMember] {
        try take(UInt8(ascii: "{"))
        var members: [JSONMember] = []
        var names: Set<String> = []
        skipSpace()
        while next != UInt8(ascii: "}") {
            if !members.isEmpty {
                try take(UInt8(ascii: ","))
                skipSpace()
            }
            let start = position
            let name = try string()
            guard names.insert(name).inserted else { throw .duplicateMember(offset: start) }
            skipSpace()
            try take(UInt8(ascii: ":"))
            members.append(JSONMember(name, try value(depth: depth + 1)))
            skipSpace()
        }
        position += 1
        return members
    }

    private mutating func elements(depth: Int) throws(JSONFault) -> [JSONValue] {
        try take(UInt8(ascii: "["))
        var elements: [JSONValue] = []
        skipSpace()
        while next != UInt8(ascii: "]") {
            if !elements.isEmpty { try take(UInt8(ascii: ",")) }
            elements.append(try value(depth: depth + 1))
            skipSpace()
        }
        position += 1
        return elements
    }

    private mutating func integer() throws(JSONFault) -> Int64 {
        let start = position
        let isNegative = next == UInt8(ascii: "-")
        if isNegative { position += 1 }
        let firstDigit = position
        var magnitude: UInt64 = 0
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            guard position - firstDigit < 19 else { throw .number(offset: start) }
            magnitude = magnitude * 10 + UInt64(byte - UInt8(ascii: "0"))
            position += 1
        }
        guard position > firstDigit else { throw .syntax(offset: start) }
        let hasLeadingZero = bytes[firstDigit] == UInt8(ascii: "0") && (position - firstDigit > 1 || isNegative)
        let isFloat = next == UInt8(ascii: ".") || next == UInt8(ascii: "e") || next == UInt8(ascii: "E")
        guard !hasLeadingZero, !isFloat, magnitude <= UInt64(Int64.max) else { throw .number(offset: start) }
        return isNegative ? -Int64(magnitude) : Int64(magnitude)
    }

    private mutating func string() throws(JSONFault) -> String {
        let start = position
        try take(UInt8(ascii: "\""))
        var content: [UInt8] = []
        while true {
            guard let byte = next else { throw .syntax(offset: position) }
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else { throw .string(offset: start) }
                return text
            case UInt8(ascii: "\\"): content += String(try escaped()).utf8
            case 0..<0x20: throw .string(offset: position - 1)
            default: content.append(byte)
            }
        }
    }

    /// The scalar that an escape after `\` stands for.
    private mutating func escaped() throws(JSONFault) -> Unicode.Scalar {
        guard let byte = next else { throw .syntax(offset: position) }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw .syntax(offset: position - 1)
        }
    }

    private mutating func unicodeEscape() throws(JSONFault) -> Unicode.Scalar {
        let start = position
        let first = try hexUnit()
        if (0xd800..<0xdc00).contains(first) {
            guard next == UInt8(ascii: "\\") else { throw .string(offset: start) }
            position += 1
            guard next == UInt8(ascii: "u") else { throw .string(offset: start) }
            position += 1
            let second = try hexUnit()
            guard (0xdc00..<0xe000).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
            else { throw .string(offset: start) }
            return scalar
        }
        guard first != 0, let scalar = Unicode.Scalar(first) else { throw .string(offset: start) }
        return scalar
    }

    private mutating func hexUnit() throws(JSONFault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw .syntax(offset: position) }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
