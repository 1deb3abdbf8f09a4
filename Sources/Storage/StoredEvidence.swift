import Vocabulary

/// One entry with the wrapped opening that is kept beside it; nil where the entry has none, or its retention has ended, or it was erased.
package struct StoredEvidence: Sendable {
    package let index: LedgerIndex
    package let entry: [UInt8]
    package let opening: [UInt8]?

    package init(_ index: LedgerIndex, entry: [UInt8], opening: [UInt8]?) {
        self.index = index
        self.entry = entry
        self.opening = opening
    }
}
