/// T11. A number becomes the nearest multiple of a base.
package struct Rounding: Hashable, Sendable {
    package enum Mode: String, Hashable, CaseIterable, Sendable {
        /// A half goes to the even multiple.
        case halfEven = "half_even"
        /// A half goes away from zero.
        case halfUp = "half_up"
    }

    /// Over zero. Its decimal places are those of rounded text.
    let base: ExactDecimal
    package let mode: Mode

    init(_ reader: inout ParameterReader) throws(RedactionFault) {
        let text = try reader.required("base", as: "the multiple to round to, such as 5")
        guard let base = ExactDecimal(text), base.mantissa > 0, base.mantissa <= 1_000_000_000_000, base.scale <= 6, base.text == text else {
            throw reader.fault("base", "'\(text.prefix(40))' is not a number over 0 with at most 6 decimal places")
        }
        self.base = base
        mode = try reader.choice("mode", of: Mode.self, default: .halfEven)
    }

    var parameters: [Transform.Parameter] {
        [Transform.Parameter("base", base.text), Transform.Parameter("mode", mode.rawValue)]
    }

    /// The nearest multiple, with the base's places.
    func apply(_ value: ExactDecimal) -> ExactDecimal {
        let places = max(value.scale, base.scale)
        let step = base.mantissa(at: places)
        let amount = value.mantissa(at: places)
        let (whole, rest) = amount.magnitude.quotientAndRemainder(dividingBy: step.magnitude)
        let goesUp = goesUp(twice: rest * 2, step: step.magnitude, isOdd: whole & 1 == 1)
        let multiple = Int128(whole) + (goesUp ? 1 : 0)
        return ExactDecimal(mantissa: (amount < 0 ? -multiple : multiple) * base.mantissa, scale: base.scale)
    }

    /// The nearest multiple of a whole base. Nil for what is not finite and past 2^53, where doubles skip whole numbers.
    func apply(_ value: Double) -> Double? {
        let largest = 9_007_199_254_740_992.0
        guard value.isFinite, value.magnitude <= largest, base.scale == 0 else { return nil }
        let step = Double(base.mantissa)
        // The remainder of a division is exact in IEEE 754, and so is what is left without it: a whole number under 2^53.
        let rest = value.magnitude.truncatingRemainder(dividingBy: step)
        let whole = ((value.magnitude - rest) / step).rounded(.toNearestOrEven)
        let isOdd = whole.truncatingRemainder(dividingBy: 2) == 1
        let twice = rest * 2
        let goesUp = twice > step || (twice == step && (mode == .halfUp || isOdd))
        // Asked before it is counted: past 2^53 the sum would itself be rounded, to what is no multiple.
        guard !goesUp || value.magnitude - rest <= largest - step else { return nil }
        let result = (whole + (goesUp ? 1 : 0)) * step
        return value < 0 && result != 0 ? -result : result
    }

    private func goesUp(twice: UInt128, step: UInt128, isOdd: Bool) -> Bool {
        twice > step || (twice == step && (mode == .halfUp || isOdd))
    }
}
