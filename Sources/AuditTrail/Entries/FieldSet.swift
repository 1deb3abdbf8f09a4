/// A set of leaf fields of a dataset's schema: bit `i` stands for the leaf path with number `i` in depth-first order of fields by
/// ascending number.
///
/// Bytes: bit `i` is bit `i % 8`, least significant first, of byte `i / 8`; trailing zero bytes are left out, so that a set has one spelling.
package struct FieldSet: Hashable, Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package init(_ members: some Sequence<Int>) {
        for member in members { insert(member) }
    }

    /// Nil where the bytes end in a zero byte or are more than `EntryLimits.maxFieldSetBytes`.
    package init?(bytes: [UInt8]) {
        guard bytes.count <= EntryLimits.maxFieldSetBytes, bytes.last != 0 else { return nil }
        self.bytes = bytes
    }

    /// `member` is at least 0 and below 8 x `EntryLimits.maxFieldSetBytes`.
    package mutating func insert(_ member: Int) {
        precondition((0..<EntryLimits.maxFieldSetBytes * 8).contains(member), "a leaf number lies outside a field set")
        while bytes.count <= member / 8 { bytes.append(0) }
        bytes[member / 8] |= 1 << UInt8(member % 8)
    }

    package func contains(_ member: Int) -> Bool {
        member >= 0 && member / 8 < bytes.count && bytes[member / 8] & (1 << UInt8(member % 8)) != 0
    }

    package var isEmpty: Bool { bytes.isEmpty }

    /// Ascending.
    package var members: [Int] {
        (0..<bytes.count * 8).filter(contains)
    }

    package func isSubset(of other: FieldSet) -> Bool {
        guard bytes.count <= other.bytes.count else { return false }
        return bytes.indices.allSatisfy { bytes[$0] & ~other.bytes[$0] == 0 }
    }

    package func isDisjoint(with other: FieldSet) -> Bool {
        zip(bytes, other.bytes).allSatisfy { $0 & $1 == 0 }
    }

    package func union(_ other: FieldSet) -> FieldSet {
        FieldSet(members + other.members)
    }
}
