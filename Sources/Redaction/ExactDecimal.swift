/// A decimal number held exactly: `mantissa` / 10^`scale`. At most 18 digits as text, at most 20 as a whole number, so that two of them compare
/// exactly in 128 bits.
struct ExactDecimal: Hashable, Sendable {
    let mantissa: Int128
    let scale: Int

    static let maxDigits = 18

    init(_ value: Int64) {
        mantissa = Int128(value)
        scale = 0
    }

    init(_ value: UInt64) {
        mantissa = Int128(value)
        scale = 0
    }

    init(mantissa: Int128, scale: Int) {
        precondition((0...ExactDecimal.maxDigits).contains(scale), "a decimal has at most 18 places")
        self.mantissa = mantissa
        self.scale = scale
    }

    /// Parses `-`, digits, and a point with digits; no exponent, sign `+`, space or grouping.
    init?(_ text: Span<UInt8>) {
        guard text.count > 0, text.count <= ExactDecimal.maxDigits + 2 else { return nil }
        var index = 0
        let negative = text[0] == UInt8(ascii: "-")
        if negative { index = 1 }
        var value: Int128 = 0
        var digits = 0
        var places = -1
        while index < text.count {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "."), places < 0, digits > 0 {
                places = 0
                continue
            }
            guard isDecimalDigit(byte) else { return nil }
            value = value * 10 + Int128(byte - UInt8(ascii: "0"))
            digits += 1
            if places >= 0 { places += 1 }
        }
        guard digits > 0, digits <= ExactDecimal.maxDigits, places != 0 else { return nil }
        mantissa = negative ? -value : value
        scale = max(places, 0)
    }

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(bytes.span)
    }

    /// The mantissa at another number of places, which must not be lower.
    func mantissa(at places: Int) -> Int128 {
        var value = mantissa
        for _ in scale..<max(places, scale) { value *= 10 }
        return value
    }

    static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
        let places = max(left.scale, right.scale)
        return left.mantissa(at: places) < right.mantissa(at: places)
    }

    /// Appends the number with exactly `scale` places.
    func append(to output: inout [UInt8]) {
        if mantissa < 0 { output.append(UInt8(ascii: "-")) }
        var digits = Array(String(mantissa.magnitude).utf8)
        while digits.count <= scale { digits.insert(UInt8(ascii: "0"), at: 0) }
        output.append(contentsOf: digits.dropLast(scale))
        guard scale > 0 else { return }
        output.append(UInt8(ascii: "."))
        output.append(contentsOf: digits.suffix(scale))
    }

    var text: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
