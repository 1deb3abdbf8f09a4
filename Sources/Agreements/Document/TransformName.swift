/// The name of a transform in the redaction catalogue, such as `age-band`. Whether it exists and fits a field is the redaction engine's answer.
package struct TransformName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    /// Nil unless the text is 1 to 32 of `a-z`, `0-9`, `-` and `_`, starting with a letter.
    package init?(_ text: String) {
        let bytes = text.utf8
        guard (1...32).contains(bytes.count), let first = bytes.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first),
            bytes.allSatisfy(TransformName.admits)
        else { return nil }
        self.text = text
    }

    /// Copies the field as it is.
    package static let allow = TransformName(known: "allow")
    /// Removes the field: what also happens to every field that terms do not list.
    package static let drop = TransformName(known: "drop")

    /// Removes the field and says so in the answer.
    package static let null = TransformName(known: "null")

    /// Whether anything of the field leaves.
    package var releases: Bool { self != .drop && self != .null }

    private init(known: String) { text = known }

    package var description: String { text }
    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    private static func admits(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
