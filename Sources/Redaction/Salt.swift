/// 16 bytes that keep a commitment from being guessed, stored inline.
package struct Salt: Sendable {
    private let storage: InlineArray<16, UInt8>

    /// Traps unless there are exactly 16 bytes.
    init(_ bytes: Span<UInt8>) {
        precondition(bytes.count == Commitments.saltBytes, "a salt has 16 bytes")
        storage = InlineArray<16, UInt8> { bytes[$0] }
    }

    /// Lends the bytes for the length of the call.
    package func withSpan<R>(_ body: (Span<UInt8>) -> R) -> R {
        body(storage.span)
    }

    package var bytes: [UInt8] {
        storage.indices.map { storage[$0] }
    }
}

extension Salt: Hashable {
    package static func == (left: Salt, right: Salt) -> Bool {
        left.storage.indices.allSatisfy { left.storage[$0] == right.storage[$0] }
    }

    package func hash(into hasher: inout Hasher) {
        for index in storage.indices { hasher.combine(storage[index]) }
    }
}
