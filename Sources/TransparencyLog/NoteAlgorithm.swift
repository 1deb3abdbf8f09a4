/// The signature kinds of C2SP signed-note that this system makes and checks.
package enum NoteAlgorithm: UInt8, Hashable, Sendable {
    /// Ed25519 over the text.
    case ed25519 = 0x01
    /// Ed25519 over time and text (tlog-cosignature v1).
    case cosignature = 0x04
}
