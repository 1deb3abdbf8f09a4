import CNghttp2

/// A header list to be sent, laid out as nghttp2 reads it.
///
/// Safety: immutable after `init`, so that it may be shared between loops. A permanent block is never freed, which lets nghttp2 point into
/// it; the fields of all others are copied by nghttp2 during the call that submits them.
@safe package final class HeaderBlock: @unchecked Sendable {
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private let entries: UnsafeMutableBufferPointer<nghttp2_nv>

    /// `fields` are lower-case names with values free of control characters; pseudo-header fields come first.
    /// `isPermanent` is for the few blocks that a program uses all the time.
    package init(_ fields: [(name: String, value: String)], isPermanent: Bool = false) {
        let total = fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        unsafe bytes = .allocate(capacity: max(total, 1))
        unsafe entries = .allocate(capacity: max(fields.count, 1))
        let flags = isPermanent ? NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue : 0
        var position = 0
        for (index, field) in fields.enumerated() {
            let nameCount = field.name.utf8.count
            let valueCount = field.value.utf8.count
            let name = unsafe bytes.baseAddress.map { unsafe $0 + position }
            _ = unsafe bytes[position...].update(fromContentsOf: field.name.utf8)
            let value = unsafe bytes.baseAddress.map { unsafe $0 + position + nameCount }
            _ = unsafe bytes[(position + nameCount)...].update(fromContentsOf: field.value.utf8)
            position += nameCount + valueCount
            unsafe entries.initializeElement(
                at: index, to: nghttp2_nv(name: name, value: value, namelen: nameCount, valuelen: valueCount, flags: UInt8(flags)))
        }
        entryCount = fields.count
        unsafe literals = isPermanent ? Self.literals(fields) : UnsafeRawBufferPointer(start: nil, count: 0)
        if isPermanent { _ = unsafe Unmanaged.passRetained(self) }
    }

    private let entryCount: Int
    /// The block in literals without indexing (RFC 7541 section 6.2.2), which mean the same whatever has been sent before and leave no trace in
    /// the peer's table: to be sent past nghttp2's encoder. Empty where the block is not permanent.
    let literals: UnsafeRawBufferPointer

    /// Strings of up to 126 bytes, whose length is one byte (RFC 7541 section 5.2), and 255 bytes of them.
    private static func literals(_ fields: [(name: String, value: String)]) -> UnsafeRawBufferPointer {
        var bytes: [UInt8] = []
        for field in fields {
            bytes.append(0)
            for text in [field.name, field.value] {
                precondition(text.utf8.count < 127, "a permanent header block has short fields")
                bytes.append(UInt8(text.utf8.count))
                bytes.append(contentsOf: text.utf8)
            }
        }
        precondition(bytes.count <= UInt8.max, "a permanent header block is short")
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        unsafe room.copyBytes(from: bytes)
        return UnsafeRawBufferPointer(room)
    }

    deinit {
        unsafe entries.deallocate()
        unsafe bytes.deallocate()
    }

    /// Calls `body` with the array as nghttp2 wants it, valid during the call.
    func withEntries<Result>(_ body: (UnsafePointer<nghttp2_nv>?, Int) -> Result) -> Result {
        unsafe body(UnsafePointer(entries.baseAddress), entryCount)
    }
}
