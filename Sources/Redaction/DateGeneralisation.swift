import Vocabulary

/// T07. A day becomes the month, quarter or year that holds it. It takes text `YYYY-MM-DD`, which is a day of the civil calendar and has no time
/// zone; whatever else is an error.
package struct DateGeneralisation: Hashable, Sendable {
    package enum Unit: String, Hashable, CaseIterable, Sendable {
        case month
        case quarter
        case year
        /// From 6 April.
        case taxYear = "tax_year"
        /// From 1 April.
        case financialYear = "fin_year"
    }

    package enum Shape: String, Hashable, CaseIterable, Sendable {
        /// `2026-11`, `2026-Q4`, `2026`, and `2026-27` for years that begin in April: nobody takes it for a day.
        case text
        /// The first day of it, as `YYYY-MM-DD`.
        case firstDay = "first_day"
    }

    package let unit: Unit
    package let shape: Shape

    init(_ reader: inout ParameterReader) throws(RedactionFault) {
        unit = try reader.choice("unit", of: Unit.self, default: nil)
        shape = try reader.choice("shape", of: Shape.self, default: .text)
    }

    var parameters: [Transform.Parameter] {
        [Transform.Parameter("shape", shape.rawValue), Transform.Parameter("unit", unit.rawValue)]
    }

    /// Appends the period, or refuses.
    func apply(_ text: Span<UInt8>, into output: inout [UInt8]) -> Bool {
        guard let date = parseDate(text), let first = firstDay(of: date) else { return false }
        switch shape {
        case .firstDay: output.append(contentsOf: first.description.utf8)
        case .text:
            output.append(contentsOf: first.description.utf8.prefix(4))
            switch unit {
            case .year: break
            case .month: output.append(contentsOf: first.description.utf8.dropFirst(4).prefix(3))
            case .quarter: output.append(contentsOf: [UInt8(ascii: "-"), UInt8(ascii: "Q"), UInt8(ascii: "1") + UInt8(first.month / 3)])
            case .taxYear, .financialYear:
                let next = (first.year + 1) % 100
                output.append(contentsOf: [UInt8(ascii: "-"), UInt8(ascii: "0") + UInt8(next / 10), UInt8(ascii: "0") + UInt8(next % 10)])
            }
        }
        return true
    }

    /// Nil where the period began before the year 1.
    private func firstDay(of date: CalendarDate) -> CalendarDate? {
        switch unit {
        case .month: return CalendarDate(year: date.year, month: date.month, day: 1)
        case .quarter: return CalendarDate(year: date.year, month: (date.month - 1) / 3 * 3 + 1, day: 1)
        case .year: return CalendarDate(year: date.year, month: 1, day: 1)
        case .taxYear, .financialYear:
            let day = unit == .taxYear ? 6 : 1
            let hasBegun = (date.month, date.day) >= (4, day)
            return CalendarDate(year: hasBegun ? date.year : date.year - 1, month: 4, day: day)
        }
    }
}
