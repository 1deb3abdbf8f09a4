import Vocabulary

/// The oracle's own reading of a rule. It knows a transform by its name and the texts of its parameters, works on typed values, and shares no code with
/// the transforms that programs apply, so that the two agree only where both do what the rule says.
struct PlainTransform {
    /// A value without its wire form.
    enum Value: Hashable {
        case text(String)
        case whole(Int128)
        case real(Double)
        case flag(Bool)
        /// The name of an enum's value.
        case name(String)
    }

    let name: String
    private let parameters: [String: String]
    let exchangeDate: CalendarDate
    let context: RedactionContext
    let root: PseudonymRoot?

    init(_ transform: Transform, exchangeDate: CalendarDate, context: RedactionContext, root: PseudonymRoot?) {
        name = transform.name
        parameters = Dictionary(transform.parameters.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        self.exchangeDate = exchangeDate
        self.context = context
        self.root = root
    }

    /// What the value leaves as; nil where it has no transformed form.
    func apply(_ value: Value) -> Value? {
        switch (name, value) {
        case ("mask", .text(let text)): .text(mask(text))
        case ("truncate", .text(let text)): .text(truncated(text))
        case ("date-generalise", .text(let text)): period(text).map(Value.text)
        case ("age-band", .text(let text)): ageBand(text).map(Value.text)
        case ("postcode", .text(let text)): postcode(text).map(Value.text)
        case ("pseudonym", .text(let text)): pseudonym(text).map(Value.text)
        case ("bucket", .text(let text)): PlainNumber(text).flatMap(bucket).map(Value.text)
        case ("bucket", .whole(let number)): bucket(PlainNumber(number)).map(Value.text)
        case ("round", .text(let text)): PlainNumber(text).map { .text(round($0).text) }
        case ("round", .whole(let number)): .whole(round(PlainNumber(number)).whole)
        case ("round", .real(let number)): round(number).map(Value.real)
        case ("top-bottom-code", .text(let text)): PlainNumber(text).map { .text(coded($0)) }
        case ("top-bottom-code", .whole(let number)) where text("labels").isEmpty: .whole(codedBound(PlainNumber(number)).whole)
        case ("top-bottom-code", .whole(let number)): .text(coded(PlainNumber(number)))
        case ("top-bottom-code", .real(let number)): codedBound(number).map(Value.real)
        case ("predicate", _): outcome(value).map(Value.flag)
        case ("constant", _): constant(like: value)
        default: nil
        }
    }

    /// Whether the rule says something of records that hold no value.
    var answersAbsence: Bool {
        name == "exists" || name == "constant" && text("only_if_present") == "false"
    }

    /// The constant as a value of that kind.
    func constant(like value: Value) -> Value {
        switch value {
        case .text: .text(text("value"))
        case .whole: .whole(Int128(text("value")) ?? 0)
        case .flag: .flag(text("value") == "true")
        case .name: .name(text("value"))
        case .real: value
        }
    }

    // MARK: Parameters

    func text(_ key: String) -> String {
        parameters[key] ?? ""
    }

    func number(_ key: String, default fallback: Int = 0) -> Int {
        parameters[key].flatMap { Int($0) } ?? fallback
    }

    func list(_ key: String) -> [String] {
        text(key).split(separator: ",").map(String.init)
    }
}

// MARK: Texts

extension PlainTransform {
    func mask(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var first = number("keep_first")
        var last = number("keep_last")
        if scalars.count <= first + last + number("min_hidden", default: 4) - 1 {
            first = 0
            last = 0
        }
        let hidden = scalars.dropFirst(first).dropLast(last)
        let mark = self.text("char")
        let middle: String
        if self.text("preserve_len") == "true" {
            let kept = Array(self.text("keep_set").unicodeScalars)
            middle = hidden.map { kept.contains($0) ? String($0) : mark }.joined()
        } else {
            middle = String(repeating: mark, count: number("fixed_len", default: 8))
        }
        return PlainTransform.string(scalars.prefix(first)) + middle + PlainTransform.string(scalars.suffix(last))
    }

    func truncated(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        return PlainTransform.string(self.text("side") == "last" ? scalars.suffix(number("max")) : scalars.prefix(number("max")))
    }

    static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars)
        return String(text)
    }

    func postcode(_ text: String) -> String? {
        guard let whole = PlainTransform.wholePostcode(text) else { return nil }
        let words = whole.split(separator: " ")
        let area = String(words[0].prefix { $0.isLetter })
        guard !["GIR", "BX", "BF", "ZZ"].contains(area) else { return nil }
        switch self.text("level") {
        case "area": return area
        case "district": return String(words[0])
        default: return "\(words[0]) \(words[1].prefix(1))"
        }
    }

    /// BS 7666, in capitals with one space, from text of at most 16 bytes.
    static func wholePostcode(_ text: String) -> String? {
        guard text.utf8.count <= 16, text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let compact = text.filter { $0 != " " }.uppercased()
        let whole = compact.dropLast(3) + " " + compact.suffix(3)
        let shape =
            /GIR 0AA|[A-PR-UWYZ](?:[0-9]{1,2}|[A-HK-Y][0-9]{1,2}|[0-9][A-HJKPSTUW]|[A-HK-Y][0-9][ABEHMNPRVWXY]) [0-9][ABD-HJLNP-UW-Z]{2}/
        return whole.wholeMatch(of: shape) == nil ? nil : String(whole)
    }
}

// MARK: Dates

extension PlainTransform {
    func ageBand(_ text: String) -> String? {
        let reference = self.text("ref") == "exchange_date" ? exchangeDate : CalendarDate(self.text("ref"))
        guard let birth = CalendarDate(text), let reference, let age = PlainTransform.age(of: birth, on: reference) else { return nil }
        let top = number("top")
        if age >= top { return "\(top)+" }
        let starts = list("bands").compactMap { Int($0) }
        for (start, next) in zip(starts, starts.dropFirst() + [top]) where start <= age && age < next {
            return start == next - 1 ? "\(start)" : "\(start)-\(next - 1)"
        }
        return nil
    }

    /// The period is found by going back from the day until one is the first of a period.
    func period(_ text: String) -> String? {
        guard let given = CalendarDate(text) else { return nil }
        var day = given
        while !isFirst(day) {
            let before = day.advanced(days: -1)
            // There is no day before 0001-01-01.
            guard before < day else { return nil }
            day = before
        }
        let year = String(day.description.prefix(4))
        guard self.text("shape") == "text" else { return day.description }
        switch self.text("unit") {
        case "month": return String(day.description.prefix(7))
        case "quarter": return year + "-Q" + [1: "1", 4: "2", 7: "3", 10: "4"][day.month, default: "?"]
        case "year": return year
        default: return year + "-" + String("0\(day.year + 1)".suffix(2))
        }
    }

    private func isFirst(_ day: CalendarDate) -> Bool {
        switch text("unit") {
        case "month": day.day == 1
        case "quarter": day.day == 1 && [1, 4, 7, 10].contains(day.month)
        case "year": day.day == 1 && day.month == 1
        case "tax_year": day.day == 6 && day.month == 4
        default: day.day == 1 && day.month == 4
        }
    }

    /// Birthdays counted one by one. A birthday that a common year lacks is its 1 March. Nil for a birth after the day.
    static func age(of birth: CalendarDate, on day: CalendarDate) -> Int? {
        guard birth <= day else { return nil }
        var age = 0
        while true {
            let year = birth.year + age + 1
            let birthday = CalendarDate(year: year, month: birth.month, day: birth.day) ?? CalendarDate(year: year, month: 3, day: 1)
            guard let birthday, birthday <= day else { return age }
            age += 1
        }
    }
}
