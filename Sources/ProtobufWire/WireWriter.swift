import Cryptography

/// Writes one protobuf message in its canonical form: the caller writes fields in ascending order, varints are minimal, and a scalar
/// that equals its default is left out. What terms, ledger entries and statements are hashed and signed as.
///
/// Ascending order is the caller's duty and is checked: a field lower than the one before it is a bug and traps.
package struct WireWriter: Sendable {
    package private(set) var bytes: [UInt8]
    private var last = 0

    package init(reserving capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Writes a `uint32`, `uint64`, `bool` or enum field; nothing where the value is zero.
    package mutating func varint(_ field: Int, _ value: UInt64) {
        guard value != 0 else { return }
        tag(field, type: 0)
        append(varint: value)
    }

    /// Writes a varint field that has explicit presence: also where the value is zero.
    package mutating func explicit(_ field: Int, _ value: UInt64) {
        tag(field, type: 0)
        append(varint: value)
    }

    /// Writes a `bool` field; nothing where it is false.
    package mutating func bool(_ field: Int, _ value: Bool) {
        varint(field, value ? 1 : 0)
    }

    /// Writes an `int64` field (two's complement, ten bytes when negative); nothing where the value is zero.
    package mutating func int64(_ field: Int, _ value: Int64) {
        varint(field, UInt64(bitPattern: value))
    }

    /// Writes a `string` field; nothing where it is empty.
    package mutating func string(_ field: Int, _ value: String) {
        guard !value.isEmpty else { return }
        element(field, value)
    }

    /// Writes a `bytes` field; nothing where it is empty.
    package mutating func bytes(_ field: Int, _ value: [UInt8]) {
        guard !value.isEmpty else { return }
        element(field, value)
    }

    /// Writes a `bytes` field; nothing where it is empty.
    package mutating func bytes(_ field: Int, span: Span<UInt8>) {
        guard !span.isEmpty else { return }
        tag(field, type: 2)
        append(varint: UInt64(span.count))
        for index in span.indices { bytes.append(span[index]) }
    }

    /// Writes a `bytes` field of 32 bytes; nothing where there is none.
    package mutating func digest(_ field: Int, _ value: Digest?) {
        guard let value else { return }
        tag(field, type: 2)
        append(varint: UInt64(Digest.byteCount))
        value.append(to: &bytes)
    }

    /// Writes a `bytes` field; nothing where it is empty.
    package mutating func bytes(_ field: Int, _ value: some Collection<UInt8>) {
        guard !value.isEmpty else { return }
        element(field, value)
    }

    /// Writes one element of a repeated `bytes` or `string` field, or a sub-message already encoded: present even where empty.
    package mutating func element(_ field: Int, _ value: some Collection<UInt8>) {
        tag(field, type: 2)
        append(varint: UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    /// Writes one element of a repeated `bytes` field, or a sub-message already encoded: present even where empty.
    package mutating func element(_ field: Int, _ value: [UInt8]) {
        tag(field, type: 2)
        append(varint: UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    /// Writes one element of a repeated `string` field: present even where empty.
    package mutating func element(_ field: Int, _ value: String) {
        let text = value.utf8.span
        tag(field, type: 2)
        append(varint: UInt64(text.count))
        for index in text.indices { bytes.append(text[index]) }
    }

    /// Writes a sub-message: present even where it has no field.
    package mutating func message(_ field: Int, _ body: (inout WireWriter) -> Void) {
        tag(field, type: 2)
        let start = bytes.count
        // Room for a length of one byte, which most sub-messages have; the others are moved up to make more.
        bytes.append(0)
        let outer = last
        last = 0
        body(&self)
        last = outer
        let length = bytes.count - start - 1
        guard length >= 0x80 else {
            bytes[start] = UInt8(length)
            return
        }
        var prefix: [UInt8] = []
        WireWriter.append(varint: UInt64(length), to: &prefix)
        bytes.replaceSubrange(start..<start + 1, with: prefix)
    }

    /// Fields that another writer wrote; they must not be lower than what is there.
    package mutating func fields(_ encoded: [UInt8]) {
        bytes.append(contentsOf: encoded)
    }

    /// Writes a repeated varint field in packed form; nothing where there is no element.
    package mutating func packed(_ field: Int, _ values: some Collection<UInt64>) {
        guard !values.isEmpty else { return }
        var inner = WireWriter()
        for value in values { inner.append(varint: value) }
        element(field, inner.bytes)
    }

    private mutating func tag(_ field: Int, type: UInt64) {
        precondition(field >= last && field > 0, "fields are written in ascending order")
        last = field
        append(varint: UInt64(field) << 3 | type)
    }

    private mutating func append(varint value: UInt64) {
        WireWriter.append(varint: value, to: &bytes)
    }

    private static func append(varint value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}
