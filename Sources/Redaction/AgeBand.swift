import Vocabulary

/// T08. A date of birth becomes a band of completed years at a reference day, such as `25-34` or `90+`.
///
/// A person born on 29 February completes a year on 1 March of a common year. A day after the reference day, and an age under the first band,
/// are errors.
package struct AgeBand: Hashable, Sendable {
    package enum Reference: Hashable, Sendable {
        /// The day of the exchange, in UTC, as its entry says.
        case exchangeDate
        case fixed(CalendarDate)
    }

    package let reference: Reference
    /// First ages of the bands, ascending.
    package let starts: [Int]
    /// The age from which only `top+` shows.
    package let top: Int

    init(_ reader: inout ParameterReader) throws(RedactionFault) {
        let text = try reader.required("bands", as: "the first age of each band, such as 0,18,25,35,50,65")
        var starts: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let start = Int(part), String(start) == part, (0...130).contains(start), start > starts.last ?? -1, starts.count < 32 else {
                throw reader.fault("bands", "give up to 32 ages from 0 to 130 in ascending order, with commas between")
            }
            starts.append(start)
        }
        top = try reader.whole("top", in: 1...130, default: max(90, (starts.last ?? 0) + 1))
        guard let last = starts.last, top > last else { throw reader.fault("top", "must be over the last band's first age") }
        self.starts = starts
        reference = try Reference(&reader)
    }

    var parameters: [Transform.Parameter] {
        [
            Transform.Parameter("bands", starts.map(String.init).joined(separator: ",")),
            Transform.Parameter("ref", reference.text),
            Transform.Parameter("top", String(top)),
        ]
    }

    /// Appends the band, or refuses.
    func apply(_ text: Span<UInt8>, exchangeDate: CalendarDate, into output: inout [UInt8]) -> Bool {
        guard let birth = parseDate(text), let age = completedYears(from: birth, to: reference.day(exchangeDate)) else { return false }
        if age >= top {
            append(top, to: &output)
            output.append(UInt8(ascii: "+"))
            return true
        }
        guard let band = starts.lastIndex(where: { $0 <= age }) else { return false }
        let end = (band + 1 < starts.count ? starts[band + 1] : top) - 1
        append(starts[band], to: &output)
        if end > starts[band] {
            output.append(UInt8(ascii: "-"))
            append(end, to: &output)
        }
        return true
    }

    private func append(_ number: Int, to output: inout [UInt8]) {
        if number >= 100 { output.append(UInt8(ascii: "0") + UInt8(number / 100)) }
        if number >= 10 { output.append(UInt8(ascii: "0") + UInt8(number / 10 % 10)) }
        output.append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}

extension AgeBand.Reference {
    /// Takes the parameter `ref`.
    init(_ reader: inout ParameterReader) throws(RedactionFault) {
        switch reader.text("ref") ?? "exchange_date" {
        case "exchange_date": self = .exchangeDate
        case let day:
            guard let date = CalendarDate(day) else { throw reader.fault("ref", "give exchange_date or a day as YYYY-MM-DD") }
            self = .fixed(date)
        }
    }

    var text: String {
        switch self {
        case .exchangeDate: "exchange_date"
        case .fixed(let date): date.description
        }
    }

    func day(_ exchangeDate: CalendarDate) -> CalendarDate {
        switch self {
        case .exchangeDate: exchangeDate
        case .fixed(let date): date
        }
    }
}

/// Nil for a birth after the day. Born on 29 February, a year is complete on 1 March of a common year.
func completedYears(from birth: CalendarDate, to day: CalendarDate) -> Int? {
    guard birth <= day else { return nil }
    let reached = (day.month, day.day) >= (birth.month, birth.day)
    return day.year - birth.year - (reached ? 0 : 1)
}

/// Exactly `YYYY-MM-DD`, ASCII; nil for anything else and for days that do not exist.
func parseDate(_ text: Span<UInt8>) -> CalendarDate? {
    guard text.count == 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-") else { return nil }
    var numbers = (0, 0, 0)
    for index in 0..<10 where index != 4 && index != 7 {
        guard isDecimalDigit(text[index]) else { return nil }
        let digit = Int(text[index] - UInt8(ascii: "0"))
        if index < 4 { numbers.0 = numbers.0 * 10 + digit } else if index < 7 { numbers.1 = numbers.1 * 10 + digit } else { numbers.2 = numbers.2 * 10 + digit }
    }
    return CalendarDate(year: numbers.0, month: numbers.1, day: numbers.2)
}
