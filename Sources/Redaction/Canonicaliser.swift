/// Gives every spelling of an identifier one form before it is keyed, or refuses it. Raw values are the names in schemas and terms; a changed
/// rule gets a new name, never a new meaning.
///
/// ASCII only: look-alike letters, full-width digits and zero-width characters are refused, not folded. Work does not depend on where a
/// value goes wrong.
package enum Canonicaliser: String, Hashable, CaseIterable, Sendable {
    /// National Insurance number with suffix, upper case, without spaces (HMRC NIM39110). Administrative prefixes, temporary numbers, tax
    /// references, example numbers and numbers without suffix are refused.
    case nino = "nino.v1"
    /// The same shape with prefix QQ only: numbers that can belong to nobody.
    case ninoDemo = "nino.demo.v1"
    /// UK postcode, upper case, one space (BS 7666).
    case postcode = "postcode.v1"
    /// A day as `YYYY-MM-DD`.
    case date = "date.v1"
    /// 1 to 64 printable ASCII characters without spaces, taken as they are: reference numbers with one spelling.
    case opaque = "opaque.v1"

    /// For error messages.
    static var allNames: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// Longest input that is looked at.
    static let maxBytes = 64

    /// Appends the canonical form to `output`. False, with `output` unchanged, where the value has none.
    func canonicalise(_ text: Span<UInt8>, into output: inout [UInt8]) -> Bool {
        guard text.count <= Canonicaliser.maxBytes else { return false }
        switch self {
        case .nino: return NationalInsuranceNumber.canonicalise(text, demonstration: false, into: &output)
        case .ninoDemo: return NationalInsuranceNumber.canonicalise(text, demonstration: true, into: &output)
        case .postcode:
            guard let postcode = Postcode(text) else { return false }
            postcode.append(.unit, to: &output)
            return true
        case .date:
            guard let date = parseDate(text) else { return false }
            output.append(contentsOf: date.description.utf8)
            return true
        case .opaque: return canonicaliseOpaque(text, into: &output)
        }
    }

    /// Whether the value is written in its one form already.
    package func isCanonical(_ text: [UInt8]) -> Bool {
        var form: [UInt8] = []
        return canonicalise(text.span, into: &form) && form == text
    }

    /// What to write, for an error message. Names no value.
    package var remedy: String {
        switch self {
        case .nino: "write two capital letters, six digits and a letter A to D, without spaces"
        case .ninoDemo: "write QQ, six digits and a letter A to D, without spaces"
        case .postcode: "write it in capitals with one space before the last three characters"
        case .date: "write YYYY-MM-DD"
        case .opaque: "write 1 to 64 printable ASCII characters without spaces"
        }
    }

    private func canonicaliseOpaque(_ text: Span<UInt8>, into output: inout [UInt8]) -> Bool {
        guard text.count > 0 else { return false }
        var valid = true
        for index in text.indices { valid = (0x21...0x7e).contains(text[index]) && valid }
        guard valid else { return false }
        for index in text.indices { output.append(text[index]) }
        return true
    }
}
