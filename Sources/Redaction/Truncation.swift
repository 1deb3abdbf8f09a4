/// T06. Text is cut to its first or last characters. Counts are of Unicode scalars, so that none is split. Text that is not longer leaves whole.
package struct Truncation: Hashable, Sendable {
    package enum Side: String, Hashable, CaseIterable, Sendable {
        /// The beginning stays.
        case first
        /// The end stays.
        case last
    }

    /// Most scalars that stay.
    package let max: Int
    package let side: Side

    static let maxScalars = 1...1_024

    init(_ reader: inout ParameterReader) throws(RedactionFault) {
        let text = try reader.required("max", as: "the number of characters that stay")
        guard let max = Int(text), Truncation.maxScalars.contains(max), String(max) == text else {
            throw reader.fault("max", "'\(text.prefix(40))' is not a whole number from 1 to \(Truncation.maxScalars.upperBound)")
        }
        self.max = max
        side = try reader.choice("side", of: Side.self, default: .first)
    }

    var parameters: [Transform.Parameter] {
        [Transform.Parameter("max", String(max)), Transform.Parameter("side", side.rawValue)]
    }

    /// Appends what stays. `text` is valid UTF-8.
    func apply(_ text: Span<UInt8>, into output: inout [UInt8]) {
        var scalars = 0
        for index in text.indices where text[index] & 0xc0 != 0x80 { scalars += 1 }
        let from = side == .first ? 0 : Swift.max(0, scalars - max)
        let upTo = side == .first ? max : scalars
        var scalar = -1
        for index in text.indices {
            if text[index] & 0xc0 != 0x80 { scalar += 1 }
            if scalar >= from, scalar < upTo { output.append(text[index]) }
        }
    }
}
