import ProtobufWire

/// T12. A number at or beyond a bound becomes the bound, or the bound's label: what is rare at either end no longer stands out. Numbers between stay.
package struct TopBottomCode: Hashable, Sendable {
    /// At least one is there; the lower is under the upper.
    let low: ExactDecimal?
    let high: ExactDecimal?
    /// Empty, or one for each bound, the lower first; then the field leaves as text.
    package let labels: [String]

    init(_ reader: inout ParameterReader) throws(RedactionFault) {
        low = try TopBottomCode.bound("lo", &reader)
        high = try TopBottomCode.bound("hi", &reader)
        guard low != nil || high != nil else { throw reader.fault("hi", "missing; give hi, lo or both") }
        if let low, let high, !(low < high) { throw reader.fault("lo", "must be under hi") }
        guard let text = reader.text("labels") else {
            labels = []
            return
        }
        let bounds = (low == nil ? 0 : 1) + (high == nil ? 0 : 1)
        labels = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let printable = labels.allSatisfy { label in
            (1...64).contains(label.utf8.count) && label.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
        }
        guard labels.count == bounds, Set(labels).count == bounds, printable else {
            throw reader.fault("labels", "give \(bounds) of up to 64 bytes, one for each bound, the lower first, with a comma between")
        }
    }

    private static func bound(_ key: String, _ reader: inout ParameterReader) throws(RedactionFault) -> ExactDecimal? {
        guard let text = reader.text(key) else { return nil }
        guard let bound = ExactDecimal(text), bound.text == text else {
            throw reader.fault(key, "'\(text.prefix(40))' is not a number of at most 18 digits without leading zeros")
        }
        return bound
    }

    var parameters: [Transform.Parameter] {
        var all: [Transform.Parameter] = []
        if let low { all.append(Transform.Parameter("lo", low.text)) }
        if let high { all.append(Transform.Parameter("hi", high.text)) }
        if !labels.isEmpty { all.append(Transform.Parameter("labels", labels.joined(separator: ","))) }
        return all
    }

    /// Throws where the type cannot hold a bound exactly.
    func requireFit(_ type: FieldType) throws(Transform.Unfit) {
        guard case .scalar(let scalar) = type, scalar == .string || scalar == .double || scalar.isInteger else {
            throw Transform.Unfit(reason: "top-bottom-code takes whole numbers, double, or decimals as text")
        }
        guard scalar != .string else { return }
        if scalar == .double, !labels.isEmpty { throw Transform.Unfit(reason: "top-bottom-code gives labels to whole numbers and decimals as text only") }
        for bound in [low, high].compactMap({ $0 }) {
            let fits = scalar == .double ? bound.mantissa.magnitude <= 1 << 53 : scalar.raw(bound.mantissa) != nil
            guard bound.scale == 0, fits else {
                throw Transform.Unfit(reason: "top-bottom-code bound \(bound.text) is not a whole number that a \(scalar.name) holds exactly")
            }
        }
    }

    /// Whether a number may become 0.
    var givesZero: Bool { labels.isEmpty && (low?.mantissa == 0 || high?.mantissa == 0) }

    private enum Place { case below, between, above }

    private func place(_ value: ExactDecimal) -> Place {
        if let low, !(low < value) { return .below }
        if let high, !(value < high) { return .above }
        return .between
    }

    /// Appends the number, its bound or the bound's label.
    func apply(_ value: ExactDecimal, into output: inout [UInt8]) {
        let place = place(value)
        let label = place == .below ? labels.first : (place == .above ? labels.last : nil)
        guard let label else { return coded(value).append(to: &output) }
        output.append(contentsOf: label.utf8)
    }

    /// The number or its bound.
    func coded(_ value: ExactDecimal) -> ExactDecimal {
        switch place(value) {
        case .below: low ?? value
        case .above: high ?? value
        case .between: value
        }
    }

    /// Nil for what is not finite.
    func coded(_ value: Double) -> Double? {
        guard value.isFinite else { return nil }
        if let low, value <= Double(low.mantissa) { return Double(low.mantissa) }
        if let high, value >= Double(high.mantissa) { return Double(high.mantissa) }
        return value
    }
}
