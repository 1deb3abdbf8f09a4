/// The bytes of an entry bundle: for each entry a big-endian 16-bit length and the entry (C2SP tlog-tiles).
package enum EntryBundle {
    /// Appends one entry to a bundle's bytes. Traps above 65,535 bytes: the caller refused those long before.
    package static func append(_ entry: [UInt8], to bundle: inout [UInt8]) {
        precondition(entry.count <= Limits.maxEntryBytes, "an entry has at most 65,535 bytes")
        bundle.append(UInt8(entry.count >> 8))
        bundle.append(UInt8(entry.count & 255))
        bundle += entry
    }

    package static func encode(_ entries: [[UInt8]]) -> [UInt8] {
        precondition((1...Limits.tileWidth).contains(entries.count), "a bundle holds 1 to 256 entries")
        var bytes: [UInt8] = []
        for entry in entries { append(entry, to: &bytes) }
        return bytes
    }

    /// Exactly `width` entries and nothing after them.
    package static func decode(_ bytes: [UInt8], width: Int) throws(TransparencyFault) -> [[UInt8]] {
        var reader = EntryBundleReader(bytes)
        var entries: [[UInt8]] = []
        entries.reserveCapacity(width)
        for position in 0..<width {
            guard let entry = reader.next() else {
                throw .malformed(what: "entry bundle", reason: "it ends inside or before its entry \(position) of \(width)")
            }
            entries.append(Array(entry))
        }
        guard reader.isAtEnd else { throw .malformed(what: "entry bundle", reason: "bytes follow its last entry") }
        return entries
    }
}
