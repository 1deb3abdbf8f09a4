/// Walks a bundle entry by entry.
struct EntryBundleReader {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { offset == bytes.count }

    /// Nil when no whole entry follows.
    mutating func next() -> ArraySlice<UInt8>? {
        guard bytes.count - offset >= 2 else { return nil }
        let length = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
        let start = offset + 2
        guard bytes.count - start >= length else { return nil }
        offset = start + length
        return bytes[start..<offset]
    }
}
