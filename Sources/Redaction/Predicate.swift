import ProtobufWire
import Vocabulary

/// T23. Whether the value meets one comparison, in place of the value: yes or no, and nothing where there is no value or none that can be compared.
/// It reads its own field only, so that it says less than the field does.
package struct Predicate: Hashable, Sendable {
    /// What the value is read as.
    package enum Reading: String, Hashable, CaseIterable, Sendable {
        /// Text as it is, the name of an enum's value, `true` or `false`.
        case text
        /// Exact decimal.
        case number
        /// `YYYY-MM-DD`.
        case date
        /// A date of birth: its completed years on the reference day, as age bands count them.
        case age
    }

    package enum Comparison: String, Hashable, CaseIterable, Sendable {
        case equal = "eq"
        case notEqual = "ne"
        case less = "lt"
        case atMost = "le"
        case greater = "gt"
        case atLeast = "ge"
        case among = "in"
    }

    package let reading: Reading
    package let comparison: Comparison
    /// One, or for `among` 1 to 64 different ones.
    package let values: [String]
    /// The day that ages are counted on, and that `exchange_date` as a value stands for.
    package let reference: AgeBand.Reference
    /// The values as numbers: decimals, days after 1970-01-01, or years. A day that is the exchange's is nil.
    private let numbers: [ExactDecimal?]

    static let maxValues = 64
    static let maxValueBytes = 256

    init(_ reader: inout ParameterReader) throws(RedactionFault) {
        reading = try reader.choice("as", of: Reading.self, default: nil)
        comparison = try reader.choice("op", of: Comparison.self, default: nil)
        let text = try reader.required("value", as: "what to compare with")
        values = comparison == .among ? text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) : [text]
        guard values.count <= Predicate.maxValues, Set(values).count == values.count,
            values.allSatisfy({ (1...Predicate.maxValueBytes).contains($0.utf8.count) })
        else {
            throw reader.fault("value", "give 1 to \(Predicate.maxValues) different values of 1 to \(Predicate.maxValueBytes) bytes, with commas between for op=in, else one")
        }
        guard reading != .text || [.equal, .notEqual, .among].contains(comparison) else {
            throw reader.fault("op", "text has no order; use eq, ne or in, or read it as number, date or age")
        }
        var numbers: [ExactDecimal?] = []
        for value in values { numbers.append(try Predicate.number(value, reading, reader)) }
        self.numbers = numbers
        reference = reading == .age ? try AgeBand.Reference(&reader) : .exchangeDate
    }

    private static func number(_ value: String, _ reading: Reading, _ reader: ParameterReader) throws(RedactionFault) -> ExactDecimal? {
        switch reading {
        case .text: return nil
        case .number:
            guard let number = ExactDecimal(value), number.text == value else {
                throw reader.fault("value", "'\(value.prefix(40))' is not a number of at most 18 digits without leading zeros")
            }
            return number
        case .date:
            if value == "exchange_date" { return nil }
            guard let day = CalendarDate(value) else { throw reader.fault("value", "'\(value.prefix(40))' is not a day as YYYY-MM-DD, or exchange_date") }
            return ExactDecimal(Int64(day.daysSince1970))
        case .age:
            guard let years = Int64(value), (0...150).contains(years), String(years) == value else {
                throw reader.fault("value", "'\(value.prefix(40))' is not a whole number of years from 0 to 150")
            }
            return ExactDecimal(years)
        }
    }

    var parameters: [Transform.Parameter] {
        var all = [
            Transform.Parameter("as", reading.rawValue), Transform.Parameter("op", comparison.rawValue),
            Transform.Parameter("value", values.joined(separator: ",")),
        ]
        if reading == .age { all.append(Transform.Parameter("ref", reference.text)) }
        return all
    }

    /// For enums and bool: the wire forms of the values. Throws where the type cannot be read so, or has no such value.
    func codes(in type: FieldType) throws(Transform.Unfit) -> Set<UInt64> {
        var codes: Set<UInt64> = []
        switch (type, reading) {
        case (.scalar(.string), _): break
        case (.scalar(let scalar), .number) where scalar.isInteger: break
        case (.scalar(.bool), .text):
            guard values.allSatisfy({ $0 == "true" || $0 == "false" }) else { throw Transform.Unfit(reason: "predicate compares a bool with true or false") }
            codes = Set(values.map { $0 == "true" ? 1 : 0 })
        case (.enumeration(let enumeration), .text):
            for value in values {
                guard let number = enumeration.number(of: value) else {
                    throw Transform.Unfit(reason: "predicate value=\(value.prefix(40)) is no value of \(enumeration.name)")
                }
                codes.insert(UInt64(bitPattern: Int64(number)))
            }
        default:
            throw Transform.Unfit(reason: "predicate takes text, whole numbers with as=number, and bool and enums with as=text")
        }
        return codes
    }

    /// The outcome, or nil where the text cannot be read as it says.
    func outcome(_ text: Span<UInt8>, exchangeDate: CalendarDate) -> Bool? {
        switch reading {
        case .text: return comparison == .notEqual ? !isAmong(text) : isAmong(text)
        case .number: return ExactDecimal(text).map { outcome($0, exchangeDate: exchangeDate) }
        case .date: return parseDate(text).map { outcome(ExactDecimal(Int64($0.daysSince1970)), exchangeDate: exchangeDate) }
        case .age:
            guard let birth = parseDate(text), let age = completedYears(from: birth, to: reference.day(exchangeDate)) else { return nil }
            return outcome(ExactDecimal(Int64(age)), exchangeDate: exchangeDate)
        }
    }

    /// Of a bool or an enum's number.
    func outcome(code: UInt64, among codes: Set<UInt64>) -> Bool {
        comparison == .notEqual ? !codes.contains(code) : codes.contains(code)
    }

    func outcome(_ value: ExactDecimal, exchangeDate: CalendarDate) -> Bool {
        let today = ExactDecimal(Int64(exchangeDate.daysSince1970))
        switch comparison {
        case .among: return numbers.contains { !(value < ($0 ?? today)) && !(($0 ?? today) < value) }
        case .equal, .notEqual, .less, .atMost, .greater, .atLeast: return holds(value, against: (numbers.first ?? nil) ?? today)
        }
    }

    private func holds(_ value: ExactDecimal, against bound: ExactDecimal) -> Bool {
        switch comparison {
        case .equal, .among: !(value < bound) && !(bound < value)
        case .notEqual: value < bound || bound < value
        case .less: value < bound
        case .atMost: !(bound < value)
        case .greater: bound < value
        case .atLeast: !(value < bound)
        }
    }

    private func isAmong(_ text: Span<UInt8>) -> Bool {
        values.contains { value in
            let bytes = Array(value.utf8)
            guard bytes.count == text.count else { return false }
            for index in text.indices where text[index] != bytes[index] { return false }
            return true
        }
    }
}
