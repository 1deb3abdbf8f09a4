/// The trace that a call belongs to (W3C Trace Context, level 1), so that its log lines can be found from the caller's own.
///
/// A caller's value names nothing but a line in a log: nothing is decided by it.
package struct TraceContext: Hashable, Sendable, CustomStringConvertible {
    /// The two halves of the trace id's 16 bytes; never both 0.
    package let high: UInt64
    package let low: UInt64

    /// A fresh trace; the halves are the broker's own.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = high == 0 && low == 0 ? 1 : low
    }

    /// From the value of `traceparent` (§3.2): version, trace id, parent id and flags in lower-case hexadecimal digits. Nil where it is not that,
    /// where an id is all zeros, or where the version is ff. Of a later version the part that this one knows is read (§4.3).
    package init?(traceparent bytes: ArraySlice<UInt8>) {
        let at = bytes.startIndex
        guard bytes.count >= 55, [2, 35, 52].allSatisfy({ bytes[at + $0] == UInt8(ascii: "-") }),
            let version = TraceContext.number(bytes[at..<at + 2]), version != 0xff,
            let high = TraceContext.number(bytes[at + 3..<at + 19]), let low = TraceContext.number(bytes[at + 19..<at + 35]), high != 0 || low != 0,
            let parent = TraceContext.number(bytes[at + 36..<at + 52]), parent != 0, TraceContext.number(bytes[at + 53..<at + 55]) != nil
        else { return nil }
        if bytes.count > 55 {
            guard version > 0, bytes[at + 55] == UInt8(ascii: "-") else { return nil }
        }
        self.high = high
        self.low = low
    }

    /// The trace of a request. More than one `traceparent` is as bad as a malformed one.
    init?(_ values: [ArraySlice<UInt8>]) {
        guard values.count == 1, let value = values.first else { return nil }
        self.init(traceparent: value)
    }

    /// 32 hexadecimal digits.
    package var description: String { TraceContext.digits(high) + TraceContext.digits(low) }

    private static func digits(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// At most 16 digits of 0-9 and a-f.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return number
    }
}
