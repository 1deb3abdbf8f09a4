/// A set of leaves of a dataset schema, by their place in depth-first order. In the ledger: bit n of byte n / 8, least significant first, and no
/// trailing zero bytes, so that a set has one spelling.
package struct LeafSet: Hashable, Sendable {
    /// Canonical bytes; empty for the empty set.
    package private(set) var bytes: [UInt8]

    package init() {
        bytes = []
    }

    package init(_ indexes: some Sequence<Int>) {
        self.init()
        for index in indexes { insert(index) }
    }

    /// Nil where the last byte is zero, or where there are more bits than a schema has leaves at most.
    package init?(canonicalBytes: some Collection<UInt8>) {
        bytes = Array(canonicalBytes)
        guard bytes.count <= 128, bytes.last != 0 else { return nil }
    }

    /// Traps on an index outside 0..<1024.
    package mutating func insert(_ index: Int) {
        precondition((0..<1_024).contains(index), "a schema has at most 1024 leaves")
        while bytes.count <= index / 8 { bytes.append(0) }
        bytes[index / 8] |= 1 << UInt8(index % 8)
    }

    package func contains(_ index: Int) -> Bool {
        index >= 0 && index / 8 < bytes.count && bytes[index / 8] & (1 << UInt8(index % 8)) != 0
    }

    /// Ascending.
    package var indexes: [Int] {
        (0..<bytes.count * 8).filter(contains)
    }

    package var isEmpty: Bool { bytes.isEmpty }

    package func isSubset(of other: LeafSet) -> Bool {
        guard bytes.count <= other.bytes.count else { return false }
        return zip(bytes, other.bytes).allSatisfy { $0 & ~$1 == 0 }
    }

    package func union(_ other: LeafSet) -> LeafSet {
        var result = bytes.count >= other.bytes.count ? self : other
        let shorter = bytes.count >= other.bytes.count ? other : self
        for (index, byte) in shorter.bytes.enumerated() { result.bytes[index] |= byte }
        return result
    }
}
