/// A decimal as the oracle counts it: in units of 10^-18, with the places that it is written with.
struct PlainNumber: Hashable, Comparable {
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
