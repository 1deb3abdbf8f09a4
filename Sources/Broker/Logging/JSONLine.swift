import Vocabulary

/// One event as one line of JSON: `time level label message`, then what the caller adds. Built as bytes in one buffer, because every call of the
/// broker writes one.
struct JSONLine {
    private(set) var bytes: [UInt8]

    init(time: Timestamp, level: String, label: String, message: String) {
        bytes = []
        bytes.reserveCapacity(256)
        append("{\"time\":\"")
        append(time)
        append("\",\"level\":\"")
        append(level)
        append("\",\"label\":")
        string(label)
        append(",\"message\":")
        string(message)
    }

    /// The line, with its end. Nothing may be added afterwards.
    consuming func finished() -> [UInt8] {
        append("}\n")
        return bytes
    }

    mutating func member(_ name: String, _ text: String) {
        append(",")
        string(name)
        append(":")
        string(text)
    }

    /// A number, as a string: numbers of 64 bits are no numbers to many readers of JSON.
    mutating func member(_ name: String, _ number: UInt64) {
        append(",\"")
        append(name)
        append("\":\"")
        digits(number, atLeast: 1)
        append("\"")
    }

    /// Each number as 16 hexadecimal digits, one after the other.
    mutating func member(_ name: String, hexadecimal numbers: UInt64...) {
        append(",\"")
        append(name)
        append("\":\"")
        for number in numbers {
            for shift in stride(from: 60, through: 0, by: -4) { bytes.append(JSONLine.hexadecimal(UInt8(truncatingIfNeeded: number >> UInt64(shift)) & 15)) }
        }
        append("\"")
    }

    /// Anything that is JSON already.
    mutating func raw(_ text: String) { append(text) }

    /// A JSON string (RFC 8259 §7); control characters are escaped, so that one event stays one line.
    mutating func string(_ text: String) {
        append("\"")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\r"): append("\\r")
            case UInt8(ascii: "\t"): append("\\t")
            case 0..<0x20, 0x7f:
                append("\\u00")
                bytes.append(JSONLine.hexadecimal(byte >> 4))
                bytes.append(JSONLine.hexadecimal(byte & 15))
            default: bytes.append(byte)
            }
        }
        append("\"")
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// RFC 3339 in UTC with microseconds, as `Timestamp` prints it.
    private mutating func append(_ time: Timestamp) {
        let date = time.utcDate
        let ofDay = UInt64(bitPattern: time.microseconds - date.startOfDayUTC.microseconds)
        let second = ofDay / 1_000_000
        digits(UInt64(date.year), atLeast: 4)
        append("-")
        digits(UInt64(date.month), atLeast: 2)
        append("-")
        digits(UInt64(date.day), atLeast: 2)
        append("T")
        digits(second / 3_600, atLeast: 2)
        append(":")
        digits(second / 60 % 60, atLeast: 2)
        append(":")
        digits(second % 60, atLeast: 2)
        append(".")
        digits(ofDay % 1_000_000, atLeast: 6)
        append("Z")
    }

    private mutating func digits(_ number: UInt64, atLeast count: Int) {
        let start = bytes.count
        var rest = number
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        while bytes.count - start < count { bytes.append(UInt8(ascii: "0")) }
        bytes[start...].reverse()
    }

    /// A JSON string by itself.
    static func quoted(_ text: String) -> String {
        var line = JSONLine()
        line.string(text)
        return String(decoding: line.bytes, as: UTF8.self)
    }

    private init() { bytes = [] }

    private static func hexadecimal(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}
