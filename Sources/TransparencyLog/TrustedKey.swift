/// A log's key and the tree sizes that it may sign, both ends included. Rotation gives two keys overlapping ranges.
package struct TrustedKey: Hashable, Sendable {
    package let key: VerifierKey
    package let sizes: ClosedRange<UInt64>

    package init(_ key: VerifierKey, sizes: ClosedRange<UInt64> = 0...Limits.maxTreeSize) {
        self.key = key
        self.sizes = sizes
    }
}
