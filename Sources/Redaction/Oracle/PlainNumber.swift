import Vocabulary

/// A decimal as the oracle counts it: in units of 10^-18, with the places that it is written with.
struct PlainNumber: Comparable {
    let units: Int128
    let places: Int

    private static let one: Int128 = 1_000_000_000_000_000_000

    init(units: Int128, places: Int) {
        self.units = units
        self.places = places
    }

    init(_ whole: Int128) {
        self.init(units: whole * PlainNumber.one, places: 0)
    }

    /// At most 18 digits, perhaps a minus in front and a point between two of them.
    init?(_ text: String) {
        var scalars = Array(text.unicodeScalars)
        let isNegative = scalars.first == "-"
        if isNegative { scalars.removeFirst() }
        let parts = scalars.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }), parts.joined().count <= 18,
            parts.joined().allSatisfy({ ("0"..."9").contains($0) })
        else { return nil }
        let fraction = parts.count == 2 ? PlainTransform.string(parts[1]) : ""
        let padded = PlainTransform.string(parts[0]) + fraction + String(repeating: "0", count: 18 - fraction.count)
        guard let units = Int128(padded) else { return nil }
        self.init(units: isNegative ? -units : units, places: fraction.count)
    }

    /// The whole part.
    var whole: Int128 { units / PlainNumber.one }

    /// With its places, and no minus before zero.
    var text: String {
        let digits = String(units.magnitude)
        let padded = String(repeating: "0", count: max(0, 19 - digits.count)) + digits
        let fraction = padded.suffix(18).prefix(places)
        return (units < 0 ? "-" : "") + padded.dropLast(18) + (places == 0 ? "" : "." + fraction)
    }

    static func < (left: Self, right: Self) -> Bool { left.units < right.units }
    static func == (left: Self, right: Self) -> Bool { left.units == right.units }
}

extension PlainTransform {
    func bucket(_ value: PlainNumber) -> String? {
        let edges = list("edges").compactMap { PlainNumber($0) }
        let labels = list("labels")
        for (label, range) in zip(labels, zip(edges, edges.dropFirst())) where range.0 <= value && value < range.1 { return label }
        guard text("out_of_range") == "clamp", let first = edges.first else { return nil }
        return value < first ? labels.first : labels.last
    }

    /// Of the two multiples around the value, the nearer one.
    func round(_ value: PlainNumber) -> PlainNumber {
        guard let base = PlainNumber(text("base")) else { preconditionFailure("the rule was read with its base") }
        var index = value.units / base.units
        if index * base.units > value.units { index -= 1 }
        let below = value.units - index * base.units
        let above = base.units - below
        let isTie = below == above
        let goesUp = isTie ? tieGoesUp(index, isNegative: value.units < 0) : below > above
        return PlainNumber(units: (goesUp ? index + 1 : index) * base.units, places: base.places)
    }

    /// From half way between two multiples: away from zero, or to the even one.
    private func tieGoesUp(_ lower: Int128, isNegative: Bool) -> Bool {
        text("mode") == "half_up" ? !isNegative : !lower.isMultiple(of: 2)
    }

    /// Counted in whole numbers, beside a fraction that doubles under 2^53 hold exactly. Nil for what is not finite, or not exact in the end.
    func round(_ value: Double) -> Double? {
        let limit: Int128 = 1 << 53
        guard value.isFinite, value.magnitude <= Double(limit), let base = Int128(text("base")) else { return nil }
        let whole = Int128(value.magnitude.rounded(.down))
        let fraction = value.magnitude - Double(whole)
        let index = whole / base
        // Twice the way from the lower multiple, against the way between two.
        let missing = Double(base - 2 * (whole - index * base))
        let isTie = 2 * fraction == missing
        let goesUp = isTie ? tieGoesUp(index, isNegative: false) : 2 * fraction > missing
        let result = (index + (goesUp ? 1 : 0)) * base
        guard result <= limit else { return nil }
        return result == 0 ? 0 : (value < 0 ? -Double(result) : Double(result))
    }
}

// MARK: Bounds and outcomes

extension PlainTransform {
    /// The label of the bound that the number reaches, where bounds have labels.
    private func label(_ value: PlainNumber) -> String? {
        if let low = PlainNumber(text("lo")), value <= low { return list("labels").first }
        if let high = PlainNumber(text("hi")), value >= high { return list("labels").last }
        return nil
    }

    func codedBound(_ value: PlainNumber) -> PlainNumber {
        if let low = PlainNumber(text("lo")), value <= low { return low }
        if let high = PlainNumber(text("hi")), value >= high { return high }
        return value
    }

    /// The number as text, after its bounds and labels.
    func coded(_ value: PlainNumber) -> String {
        label(value) ?? codedBound(value).text
    }

    func codedBound(_ value: Double) -> Double? {
        guard value.isFinite else { return nil }
        // Bounds of doubles are whole numbers that doubles hold.
        let low = PlainNumber(text("lo")).map { Double($0.whole) } ?? -.infinity
        let high = PlainNumber(text("hi")).map { Double($0.whole) } ?? .infinity
        let coded = min(max(value, low), high)
        return coded == 0 ? 0 : coded
    }

    /// Whether the comparison holds; nil for a value that cannot be read as the rule says.
    func outcome(_ value: Value) -> Bool? {
        let wanted = text("op") == "in" ? list("value") : [text("value")]
        switch (text("as"), value) {
        case ("text", .text(let text)): return holds(wanted.contains { Array($0.utf8) == Array(text.utf8) })
        case ("text", .flag(let flag)): return holds(wanted.contains(flag ? "true" : "false"))
        case ("text", .name(let name)): return holds(wanted.contains(name))
        case ("number", .text(let text)): return PlainNumber(text).map { compare($0, wanted.compactMap { PlainNumber($0) }) }
        case ("number", .whole(let number)): return compare(PlainNumber(number), wanted.compactMap { PlainNumber($0) })
        case ("date", .text(let text)):
            return CalendarDate(text).map { compare($0, wanted.compactMap { $0 == "exchange_date" ? exchangeDate : CalendarDate($0) }) }
        case ("age", .text(let text)):
            let day = self.text("ref") == "exchange_date" ? exchangeDate : CalendarDate(self.text("ref"))
            guard let birth = CalendarDate(text), let day, let age = PlainTransform.age(of: birth, on: day) else { return nil }
            return compare(age, wanted.compactMap { Int($0) })
        default: return nil
        }
    }

    private func holds(_ isEqual: Bool) -> Bool {
        text("op") == "ne" ? !isEqual : isEqual
    }

    private func compare<Ordered: Comparable>(_ value: Ordered, _ wanted: [Ordered]) -> Bool {
        guard let bound = wanted.first else { return false }
        switch text("op") {
        case "lt": return value < bound
        case "le": return value <= bound
        case "gt": return value > bound
        case "ge": return value >= bound
        default: return holds(wanted.contains(value))
        }
    }
}
