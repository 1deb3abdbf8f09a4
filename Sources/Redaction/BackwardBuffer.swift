import Cryptography

/// Bytes written from the end to the front, so that the length of a sub-message is known when its prefix is written. Storage is reused.
struct BackwardBuffer {
    private var storage: [UInt8] = [UInt8](repeating: 0, count: 4_096)
    private var start = 4_096

    /// Bytes written.
    var count: Int { storage.count - start }

    mutating func clear() {
        start = storage.count
    }

    /// Takes back what was written after the count was `count`.
    mutating func forget(to count: Int) {
        start = storage.count - count
    }

    mutating func prepend(_ byte: UInt8) {
        if start == 0 { grow(for: 1) }
        start -= 1
        storage[start] = byte
    }

    mutating func prepend(_ bytes: Span<UInt8>, _ from: Int, _ length: Int) {
        if start < length { grow(for: length) }
        start -= length
        for offset in 0..<length { storage[start + offset] = bytes[from + offset] }
    }

    mutating func prepend(_ bytes: [UInt8]) {
        prepend(bytes.span, 0, bytes.count)
    }

    mutating func prepend(varint value: UInt64) {
        if value < 0x80 {
            prepend(UInt8(value))
            return
        }
        let length = (63 - value.leadingZeroBitCount) / 7 + 1
        if start < length { grow(for: length) }
        start -= length
        var rest = value
        for offset in 0..<length - 1 {
            storage[start + offset] = UInt8(rest & 0x7f) | 0x80
            rest >>= 7
        }
        storage[start + length - 1] = UInt8(rest)
    }

    /// `width` bytes, least significant first.
    mutating func prepend(fixed value: UInt64, width: Int) {
        if start < width { grow(for: width) }
        start -= width
        for offset in 0..<width { storage[start + offset] = UInt8(truncatingIfNeeded: value >> UInt64(8 * offset)) }
    }

    /// A copy of what was written, in order.
    func bytes() -> [UInt8] {
        Array(storage[start...])
    }

    /// Hashes what was written while the count went from `from` to `to`.
    func absorb(from: Int, to: Int, into hash: inout SHA256) {
        hash.update(storage.span.extracting(storage.count - to..<storage.count - from))
    }

    /// Appends what was written while the count went from `from` to `to`.
    func copy(from: Int, to: Int, to bytes: inout [UInt8]) {
        bytes += storage[storage.count - to..<storage.count - from]
    }

    private mutating func grow(for needed: Int) {
        let added = max(storage.count, needed)
        storage.insert(contentsOf: repeatElement(0, count: added), at: 0)
        start += added
    }
}
