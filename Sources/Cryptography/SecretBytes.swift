import COpenSSL

/// Key material with one copy in memory, overwritten when the last reference goes. It prints as its length only.
/// What is made of it (arrays from ``withSpan(_:)``) is the caller's to wipe.
@safe package final class SecretBytes: Sendable, CustomStringConvertible, CustomReflectable {
    // Invariant: allocated and filled in init, never written again until deinit overwrites and frees it; never escapes.
    nonisolated(unsafe) private let storage: UnsafeMutableBufferPointer<UInt8>

    /// Copies `bytes`; wipe the original where it is not needed further.
    package init(_ bytes: [UInt8]) {
        unsafe storage = .allocate(capacity: bytes.count)
        _ = unsafe storage.initialize(from: bytes)
    }

    package init(copying span: Span<UInt8>) {
        unsafe storage = .allocate(capacity: span.count)
        for index in 0..<span.count { unsafe storage.initializeElement(at: index, to: span[index]) }
    }

    /// `count` fresh random bytes.
    package convenience init(count: Int, from randomness: Randomness) {
        var bytes = randomness.bytes(count)
        defer { wipe(&bytes) }
        self.init(bytes)
    }

    deinit {
        unsafe OPENSSL_cleanse(storage.baseAddress, storage.count)
        unsafe storage.deallocate()
    }

    package var count: Int { unsafe storage.count }

    /// Lends the bytes for the length of the call.
    package func withSpan<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        let span = unsafe Span(_unsafeElements: UnsafeBufferPointer(storage))
        return try body(span)
    }

    /// A copy outside this value's protection: for a file or a wrapping step.
    package func exposed() -> [UInt8] {
        unsafe [UInt8](storage)
    }

    package var description: String { "SecretBytes(\(count) bytes)" }

    package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Overwrites `bytes` with zeros in a way that the compiler may not remove, and empties it.
package func wipe(_ bytes: inout [UInt8]) {
    // Invariant: covers exactly the array's elements.
    unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe OPENSSL_cleanse(buffer.baseAddress, buffer.count)
    }
    bytes = []
}
