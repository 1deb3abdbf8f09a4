/// T09. A postcode becomes its area, district or sector. Postcodes that stand for no place are errors.
package struct PostcodeCut: Hashable, Sendable {
    package enum Level: String, Hashable, CaseIterable, Sendable {
        /// `LS`
        case area
        /// `LS1`
        case district
        /// `LS1 4`
        case sector
    }

    package let level: Level

    init(_ reader: inout ParameterReader) throws(RedactionFault) {
        level = try reader.choice("level", of: Level.self, default: nil)
    }

    var parameters: [Transform.Parameter] { [Transform.Parameter("level", level.rawValue)] }

    /// Appends the part, or refuses.
    func apply(_ text: Span<UInt8>, into output: inout [UInt8]) -> Bool {
        guard let postcode = Postcode(text), postcode.isGeographic else { return false }
        switch level {
        case .area: postcode.append(.area, to: &output)
        case .district: postcode.append(.district, to: &output)
        case .sector: postcode.append(.sector, to: &output)
        }
        return true
    }
}
