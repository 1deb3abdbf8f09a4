/// The `grpc-timeout` header: one to eight digits and a unit (gRPC over HTTP/2, "Requests").
enum GRPCTimeout {
    /// Nanoseconds, at most as many as can be added to any time of a clock; nil when the text is not a timeout or is zero.
    static func parse(_ text: ArraySlice<UInt8>) -> UInt64? {
        guard let unit = text.last, text.count >= 2, text.count <= 9 else { return nil }
        var value: UInt64 = 0
        for byte in text.dropLast() {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
        }
        guard value > 0 else { return nil }
        let scale: UInt64
        switch unit {
        case UInt8(ascii: "H"): scale = 3_600_000_000_000
        case UInt8(ascii: "M"): scale = 60_000_000_000
        case UInt8(ascii: "S"): scale = 1_000_000_000
        case UInt8(ascii: "m"): scale = 1_000_000
        case UInt8(ascii: "u"): scale = 1_000
        case UInt8(ascii: "n"): scale = 1
        default: return nil
        }
        let (product, overflow) = value.multipliedReportingOverflow(by: scale)
        return overflow ? UInt64.max / 2 : min(product, UInt64.max / 2)
    }

    /// Prints a duration as whole milliseconds, or seconds where that needs more than eight digits.
    static func print(_ duration: Duration) -> String {
        let milliseconds = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
        if milliseconds < 1 { return "1m" }
        return milliseconds < 100_000_000 ? "\(milliseconds)m" : "\(min(milliseconds / 1000, 99_999_999))S"
    }
}
