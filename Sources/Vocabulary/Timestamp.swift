/// A moment in UTC: whole microseconds since 1970-01-01T00:00:00Z, without leap seconds, as POSIX counts.
///
/// Printed as RFC 3339 with six fractional digits (`2026-11-23T18:36:43.000000Z`), years 0001 to 9999.
package struct Timestamp: Hashable, Comparable, Sendable {
    package let microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Whole seconds since 1970, as token claims use; nil where that overflows.
    package init?(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow else { return nil }
        microseconds = product
    }

    /// Parses RFC 3339 in UTC (`Z` only) with none to six fractional digits; nil for anything else, such as a day that does not exist.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z"), bytes[10] == UInt8(ascii: "T"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let date = CalendarDate(String(decoding: bytes[0..<10], as: UTF8.self)),
            let hour = decimal(bytes[11..<13]), let minute = decimal(bytes[14..<16]), let second = decimal(bytes[17..<19]),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var fraction: Int64 = 0
        if bytes.count > 20 {
            let digits = bytes[20..<(bytes.count - 1)]
            guard bytes[19] == UInt8(ascii: "."), (1...6).contains(digits.count), let value = decimal(digits) else { return nil }
            fraction = Int64(value)
            for _ in digits.count..<6 { fraction *= 10 }
        }
        let seconds = Int64(date.daysSince1970) * 86_400 + Int64(hour * 3_600 + minute * 60 + second)
        microseconds = seconds * 1_000_000 + fraction
    }

    /// Whole seconds since 1970, rounded towards the past.
    package var seconds: Int64 {
        (microseconds - remainder(microseconds, 1_000_000)) / 1_000_000
    }

    /// The UTC day that holds this moment.
    package var utcDate: CalendarDate {
        CalendarDate(daysSince1970: Int((seconds - remainder(seconds, 86_400)) / 86_400))
    }

    /// Some microseconds later, or earlier where negative; stops at the ends of the range.
    package func advanced(microseconds delta: Int64) -> Timestamp {
        let (sum, overflow) = microseconds.addingReportingOverflow(delta)
        guard overflow else { return Timestamp(microseconds: sum) }
        return Timestamp(microseconds: delta > 0 ? .max : .min)
    }

    /// Some seconds later, or earlier where negative; stops at the ends of the range.
    package func advanced(seconds delta: Int64) -> Timestamp {
        let (product, overflow) = delta.multipliedReportingOverflow(by: 1_000_000)
        return advanced(microseconds: overflow ? (delta > 0 ? .max : .min) : product)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }
}

extension Timestamp: CustomStringConvertible {
    package var description: String {
        let ofDay = Int(remainder(seconds, 86_400))
        let fraction = Int(remainder(microseconds, 1_000_000))
        let clock = [ofDay / 3_600, ofDay / 60 % 60, ofDay % 60].map { padded($0, to: 2) }.joined(separator: ":")
        return "\(utcDate)T\(clock).\(padded(fraction, to: 6))Z"
    }
}

/// The remainder that is never negative.
private func remainder(_ value: Int64, _ divisor: Int64) -> Int64 {
    let rest = value % divisor
    return rest < 0 ? rest + divisor : rest
}
