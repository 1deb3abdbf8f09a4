/// What all values of one field have in common, found value by value. A field is the narrowest kind that all its values are.
package enum ValueKind: String, Hashable, Sendable {
    case bool
    /// A whole number of 64 bits, written without leading zeros: `007` is a code, and stays text.
    case integer
    /// A number with a point of at most 15 significant digits, which a double holds without loss.
    case double
    /// A longer decimal number: text, so that no digit is lost.
    case decimal
    /// `YYYY-MM-DD`, as text.
    case date
    case text
}

/// Where a field came to be the kind that it is: the first line with a value that is of no narrower one.
package struct KindChange: Hashable, Sendable {
    /// Counts from 1.
    package let line: Int
    /// What all values before it are; nil where there is none before it.
    package let before: ValueKind?
}

/// The kinds that the values seen so far would allow, and the line that made them so few.
struct SeenKinds {
    private(set) var kinds: KindSet = .any
    private(set) var change: KindChange?

    /// Takes note of a value that is not absent.
    mutating func narrow(to seen: KindSet, line: Int) {
        let left = kinds.intersection(seen)
        guard left != kinds || change == nil else { return }
        if change == nil || left.kind != kinds.kind { change = KindChange(line: line, before: change == nil ? nil : kinds.kind) }
        kinds = left
    }
}

/// The kinds that the values seen so far would allow.
struct KindSet: OptionSet {
    let rawValue: UInt8

    static let bool = KindSet(rawValue: 1)
    static let integer = KindSet(rawValue: 2)
    static let double = KindSet(rawValue: 4)
    static let decimal = KindSet(rawValue: 8)
    static let date = KindSet(rawValue: 16)
    static let any: KindSet = [.bool, .integer, .double, .decimal, .date]

    /// The narrowest; text where none is left.
    var kind: ValueKind {
        if contains(.bool) { return .bool }
        if contains(.integer) { return .integer }
        if contains(.double) { return .double }
        if contains(.decimal) { return .decimal }
        return contains(.date) ? .date : .text
    }

    /// The kinds of one value as text of a CSV field.
    static func of(_ text: ArraySlice<UInt8>) -> KindSet {
        guard let first = text.first else { return .any }
        switch first {
        case UInt8(ascii: "t"), UInt8(ascii: "f"):
            return text.elementsEqual("true".utf8) || text.elementsEqual("false".utf8) ? .bool : []
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return isDate(text) ? .date : number(text)
        default: return []
        }
    }

    /// The kinds of `-`, digits, and perhaps a point and digits; nothing for other spellings.
    static func number(_ text: ArraySlice<UInt8>) -> KindSet {
        var digits = text[...]
        if digits.first == UInt8(ascii: "-") { digits = digits.dropFirst() }
        let whole = digits.prefix(while: isDigit)
        guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return [] }
        let rest = digits[whole.endIndex...]
        if rest.isEmpty {
            let isZero = whole.elementsEqual([UInt8(ascii: "0")])
            guard !(isZero && text.first == UInt8(ascii: "-")) else { return [] }
            var kinds: KindSet = whole.count <= 18 ? [.decimal] : []
            if whole.count <= 15 { kinds.insert(.double) }
            if Int64(String(decoding: text, as: UTF8.self)) != nil { kinds.insert(.integer) }
            return kinds
        }
        let places = rest.dropFirst()
        guard rest.first == UInt8(ascii: "."), !places.isEmpty, places.allSatisfy(isDigit) else { return [] }
        let count = whole.count + places.count
        return count <= 15 ? [.double, .decimal] : count <= 18 ? [.decimal] : []
    }

    private static func isDate(_ text: ArraySlice<UInt8>) -> Bool {
        guard text.count == 10 else { return false }
        return text.enumerated().allSatisfy { index, byte in index == 4 || index == 7 ? byte == UInt8(ascii: "-") : isDigit(byte) }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
