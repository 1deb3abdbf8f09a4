import COpenSSL

/// A SHA-256 value: exactly 32 bytes, stored inline. Not a secret; to compare secrets use ``constantTimeEqual(_:_:)``.
package struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// Length in bytes.
    package static let byteCount = 32

    /// The 32 bytes in memory order.
    private var words: (UInt64, UInt64, UInt64, UInt64)

    init(words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    /// Nil unless there are exactly 32 bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Digest.byteCount else { return nil }
        words = (0, 0, 0, 0)
        // Invariant: writes exactly 32 bytes into the 32-byte tuple, inside its lifetime.
        unsafe withUnsafeMutableBytes(of: &words) { raw in
            _ = unsafe raw.copyBytes(from: bytes)
        }
    }

    /// Nil unless the span holds exactly 32 bytes.
    package init?(_ span: Span<UInt8>) {
        guard span.count == Digest.byteCount else { return nil }
        self.init(span, at: 0)
    }

    /// The 32 bytes of `span` that begin at `offset`. Traps when they are not there.
    package init(_ span: Span<UInt8>, at offset: Int) {
        precondition(offset >= 0 && offset <= span.count - Digest.byteCount, "32 bytes must follow the offset")
        words = (0, 0, 0, 0)
        // Invariant: the bounds were checked on the line above.
        unsafe span.withUnsafeBytes { source in
            unsafe withUnsafeMutableBytes(of: &words) { raw in
                unsafe raw.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[offset..<offset + Digest.byteCount]))
            }
        }
    }

    /// Nil unless `hex` is 64 lower-case hexadecimal digits.
    package init?(hex: String) {
        guard let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes)
    }

    /// 32 zero bytes: what no real digest is.
    package static let zero = Digest(words: (0, 0, 0, 0))

    package var bytes: [UInt8] {
        withSpan { span in
            // Invariant: all 32 elements are written before the count is set.
            unsafe [UInt8](unsafeUninitializedCapacity: Digest.byteCount) { buffer, count in
                for index in 0..<Digest.byteCount { unsafe buffer[index] = span[index] }
                count = Digest.byteCount
            }
        }
    }

    /// 64 lower-case hexadecimal digits.
    package var hex: String { Hex.encode(bytes) }

    package var description: String { hex }

    /// Lends the 32 bytes without copying them to the heap.
    package func withSpan<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        var copy = words
        // Invariant: the span covers `copy`, which outlives the call of `body`.
        return try unsafe withUnsafeMutableBytes(of: &copy) { (raw) throws(E) -> R in
            try unsafe body(Span(_unsafeElements: raw.assumingMemoryBound(to: UInt8.self)))
        }
    }

    /// Appends the 32 bytes to `buffer`.
    package func append(to buffer: inout [UInt8]) {
        // Invariant: the 32 bytes are copied within the call.
        unsafe withUnsafeBytes(of: words) { unsafe buffer.append(contentsOf: $0) }
    }

    package static func == (left: Digest, right: Digest) -> Bool {
        left.words == right.words
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
        hasher.combine(words.3)
    }
}

extension Digest {
    /// SHA-256 (FIPS 180-4) of `bytes`.
    package static func sha256(_ bytes: [UInt8]) -> Digest {
        sha256(bytes.span)
    }

    /// SHA-256 (FIPS 180-4) of `span`.
    package static func sha256(_ span: Span<UInt8>) -> Digest {
        // Invariant: the pointer is used within the call only.
        unsafe span.withUnsafeBufferPointer { unsafe oneShot(UnsafeRawBufferPointer($0)) }
    }

    /// SHA-256 of the parts one after another.
    package static func sha256(_ parts: [UInt8]...) -> Digest {
        var hash = SHA256()
        for part in parts { hash.update(part) }
        return hash.finish()
    }

    /// SHA-256(`prefix` ‖ `span`), without heap use for spans up to 2 KiB: RFC 6962's leaf hash when `prefix` is 0.
    package static func sha256(prefix: UInt8, _ span: Span<UInt8>) -> Digest {
        guard span.count <= 2048 else {
            var hash = SHA256()
            hash.update(prefix)
            hash.update(span)
            return hash.finish()
        }
        // Invariant: the temporary holds exactly 1 + span.count bytes, all written before they are read.
        return unsafe withUnsafeTemporaryAllocation(byteCount: 1 + span.count, alignment: 8) { buffer in
            unsafe buffer[0] = prefix
            unsafe span.withUnsafeBufferPointer { source in
                unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[1...]).copyMemory(from: UnsafeRawBufferPointer(source))
            }
            return unsafe oneShot(UnsafeRawBufferPointer(buffer))
        }
    }

    /// SHA-256(`prefix` ‖ `left` ‖ `right`): RFC 6962's node hash when `prefix` is 1.
    package static func sha256(prefix: UInt8, _ left: Digest, _ right: Digest) -> Digest {
        // Invariant: the temporary holds exactly 65 bytes, all written before they are read.
        unsafe withUnsafeTemporaryAllocation(byteCount: 65, alignment: 8) { buffer in
            unsafe buffer[0] = prefix
            unsafe withUnsafeBytes(of: left.words) { unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[1..<33]).copyMemory(from: $0) }
            unsafe withUnsafeBytes(of: right.words) { unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[33..<65]).copyMemory(from: $0) }
            return unsafe oneShot(UnsafeRawBufferPointer(buffer))
        }
    }

    // Invariant: `input` is readable for the length of the call; the result is written to a 32-byte tuple.
    private static func oneShot(_ input: UnsafeRawBufferPointer) -> Digest {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        unsafe withUnsafeMutableBytes(of: &words) { output in
            let target = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let status = unsafe EVP_Digest(input.baseAddress, input.count, target, nil, OpenSSL.sha256, nil)
            OpenSSL.require(status, "EVP_Digest")
        }
        return Digest(words: words)
    }
}
