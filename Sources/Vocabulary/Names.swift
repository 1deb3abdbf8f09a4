// Names that people and partners use. Each type admits its own grammar only, so that a name can stand in a path, a scope or a query unescaped.

/// An organisation's short name, such as `leeds-cc`.
package struct OrganisationID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String
    /// Nil unless the text is 2 to 32 of `a-z`, `0-9` and inner single hyphens, starting with a letter.
    package init?(_ text: String) {
        guard isSlug(text, 2...32) else { return nil }
        self.text = text
    }
    package var description: String { text }
    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// The short name of a service or a person in the registry, such as `leeds-cc-ctr`; unique in the whole registry.
package struct ClientID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String
    /// Nil unless the text is 2 to 64 of `a-z`, `0-9` and inner single hyphens, starting with a letter.
    package init?(_ text: String) {
        guard isSlug(text, 2...64) else { return nil }
        self.text = text
    }
    package var description: String { text }
    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// A dataset's name in the catalogue, such as `uc.awards`.
package struct DatasetID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String
    /// Nil unless the text is 1 to 64 of letters, digits, `-`, `_`, `.` (the scope grammar's `id`).
    package init?(_ text: String) {
        guard isIdentifier(text) else { return nil }
        self.text = text
    }
    package var description: String { text }
    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// The code of a purpose, such as `council-tax-reduction`.
package struct PurposeCode: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String
    /// Nil unless the text is 1 to 64 of letters, digits, `-`, `_`, `.` (the scope grammar's `id`).
    package init?(_ text: String) {
        guard isIdentifier(text) else { return nil }
        self.text = text
    }
    package var description: String { text }
    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// The code of a legal gateway, such as `WRA2012-s131`. What it means is data that a lawyer edits.
package struct LegalBasisCode: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String
    /// Nil unless the text is 1 to 64 of letters, digits, `-`, `_`, `.` (the scope grammar's `id`).
    package init?(_ text: String) {
        guard isIdentifier(text) else { return nil }
        self.text = text
    }
    package var description: String { text }
    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// An agreement's name, `ISA-YYYY-NNNN`: the year it was drafted and a number of four to nine digits.
package struct AgreementID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String
    /// Nil unless the text is of that form.
    package init?(_ text: String) {
        guard isAgreementID(text) else { return nil }
        self.text = text
    }
    package var description: String { text }
    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

private func isIdentifier(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
        && text.utf8.allSatisfy { isLetter($0 | 0x20) || isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") }
}

private func isSlug(_ text: String, _ length: ClosedRange<Int>) -> Bool {
    let bytes = Array(text.utf8)
    guard length.contains(bytes.count), isLetter(bytes[0]), bytes[bytes.count - 1] != UInt8(ascii: "-") else { return false }
    var afterHyphen = false
    for byte in bytes {
        let hyphen = byte == UInt8(ascii: "-")
        guard isLetter(byte) || isDigit(byte) || (hyphen && !afterHyphen) else { return false }
        afterHyphen = hyphen
    }
    return true
}

private func isAgreementID(_ text: String) -> Bool {
    let bytes = text.utf8.span
    // ISA-YYYY- and four to nine digits.
    guard (13...18).contains(bytes.count), bytes[0] == UInt8(ascii: "I"), bytes[1] == UInt8(ascii: "S"), bytes[2] == UInt8(ascii: "A") else {
        return false
    }
    for index in bytes.indices.dropFirst(3) {
        guard index == 3 || index == 8 ? bytes[index] == UInt8(ascii: "-") : isDigit(bytes[index]) else { return false }
    }
    return true
}

private func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
}

private func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
