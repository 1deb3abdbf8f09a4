import COpenSSL
import Synchronization

/// Where random bytes come from: a parameter wherever they are needed, so that a test can choose them.
package struct Randomness: Sendable {
    private let draw: @Sendable (Int) -> [UInt8]

    /// `draw(n)` must return exactly n bytes and be safe to call from several threads.
    package init(_ draw: @escaping @Sendable (Int) -> [UInt8]) {
        self.draw = draw
    }

    /// `count` bytes. Traps when the source gives another number: nothing may run on fewer random bytes than it asked for.
    package func bytes(_ count: Int) -> [UInt8] {
        precondition(count >= 0, "a count of bytes is not negative")
        let bytes = draw(count)
        precondition(bytes.count == count, "the source of randomness gave a wrong number of bytes")
        return bytes
    }

    /// Eight random bytes as a number, for jitter and sampling.
    package func uint64() -> UInt64 {
        bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// libcrypto's generator, seeded by the operating system. Traps when it fails, because there is no safe way on.
    package static let system = Randomness { count in
        guard count > 0 else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
            // Invariant: the buffer holds at least `count` bytes; count fits in Int32 by the precondition.
            precondition(count <= Int(Int32.max), "too many random bytes asked for at once")
            OpenSSL.require(unsafe RAND_bytes(buffer.baseAddress, Int32(count)), "RAND_bytes")
            initialised = count
        }
    }

    /// The same bytes in every run: HMAC-SHA-256 of a block counter under `seed`. For tests and synthetic records, never for keys.
    package static func reproducible(seed: [UInt8]) -> Randomness {
        let source = ReproducibleSource(seed: seed)
        return Randomness { source.bytes($0) }
    }
}

private final class ReproducibleSource: Sendable {
    private let position: Mutex<UInt64>
    private let key: HMACKey

    init(seed: [UInt8]) {
        key = HMACKey.sha256(seed)
        position = Mutex(0)
    }

    func bytes(_ count: Int) -> [UInt8] {
        let blocks = UInt64((count + Digest.byteCount - 1) / Digest.byteCount)
        let first = position.withLock { next in
            defer { next += blocks }
            return next
        }
        var output: [UInt8] = []
        output.reserveCapacity(Int(blocks) * Digest.byteCount)
        for block in first..<first + blocks {
            key.authenticate(block.bigEndianBytes).append(to: &output)
        }
        output.removeLast(output.count - count)
        return output
    }
}
