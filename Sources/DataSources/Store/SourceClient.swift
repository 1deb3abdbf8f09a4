/// In whose turn a source is read or written.
package struct SourceClient: Hashable, Sendable {
    private let number: UInt64

    /// The principal with this number in the register.
    package init(principal number: UInt32) { self.number = UInt64(number) }

    /// The turn of the same principal's streams.
    package var ofStreams: SourceClient { SourceClient(reserved: number | 1 << 32) }

    package var isOfStreams: Bool { number >> 32 == 1 }

    private init(reserved number: UInt64) { self.number = number }

    /// The broker's own housekeeping. No principal has this number.
    package static let broker = SourceClient(reserved: .max)
}
