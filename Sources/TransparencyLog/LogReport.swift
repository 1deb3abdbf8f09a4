/// What a complete verification read.
package struct LogReport: Hashable, Sendable {
    package let checkpoint: Checkpoint
    /// Entries handed to the visitor: all of them, less those below the minimum index that the log no longer serves.
    package let entries: UInt64
    package let tiles: UInt64
    package let bytes: UInt64
}
