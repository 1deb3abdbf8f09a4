import Cryptography

/// The bytes of a hash tile: its hashes one after another, nothing else.
package enum HashTile {
    package static func encode(_ hashes: [Digest]) -> [UInt8] {
        precondition((1...Limits.tileWidth).contains(hashes.count), "a tile holds 1 to 256 hashes")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * Digest.byteCount)
        for hash in hashes { hash.append(to: &bytes) }
        return bytes
    }

    /// Exactly `width` hashes; 8,192 bytes when full.
    package static func decode(_ bytes: [UInt8], width: Int) throws(TransparencyFault) -> [Digest] {
        guard bytes.count == width * Digest.byteCount else {
            throw .malformed(what: "hash tile", reason: "it has \(bytes.count) bytes where \(width * Digest.byteCount) belong")
        }
        let span = bytes.span
        return (0..<width).map { Digest(span, at: $0 * Digest.byteCount) }
    }

    /// The tree hash over a full tile: the hash that stands for it one level up.
    package static func root(_ hashes: [Digest]) -> Digest {
        precondition(hashes.count == Limits.tileWidth, "only a full tile is hashed into the level above")
        return fold(hashes[...])
    }

    /// The tree hash over a power of two of hashes.
    static func fold(_ hashes: ArraySlice<Digest>) -> Digest {
        var row = Array(hashes)
        var count = row.count
        precondition(count.nonzeroBitCount == 1, "a power of two")
        while count > 1 {
            for pair in 0..<count / 2 { row[pair] = TreeHash.node(row[2 * pair], row[2 * pair + 1]) }
            count /= 2
        }
        return row[0]
    }
}
