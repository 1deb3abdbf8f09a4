import Cryptography

/// A tree head: which log, how many leaves, which root (C2SP tlog-checkpoint v1.0.0). By itself it proves nothing;
/// a ``VerifiedCheckpoint`` does.
package struct Checkpoint: Hashable, Sendable {
    package let origin: KeyName
    package let size: UInt64
    package let root: Digest

    package init(origin: KeyName, size: UInt64, root: Digest) {
        precondition(size <= Limits.maxTreeSize, "a size of at most 63 bits")
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// Exactly three lines. Extension lines are refused: witnesses do not vouch for them.
    package init(text: [UInt8]) throws(TransparencyFault) {
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard lines.count == 4, lines[3].isEmpty else { throw Checkpoint.malformed("it does not have exactly three lines") }
        guard let origin = KeyName(utf8: Array(lines[0])) else { throw Checkpoint.malformed("its origin is not a key name") }
        guard let size = StrictDecimal.parse(lines[1]), size <= Limits.maxTreeSize else {
            throw Checkpoint.malformed("its size is not a decimal number of at most 63 bits without leading zeros")
        }
        guard let bytes = Base64.decode(utf8: Array(lines[2])), let root = Digest(bytes) else {
            throw Checkpoint.malformed("its root is not canonical base64 of 32 bytes")
        }
        guard size > 0 || root == TreeHash.empty else { throw Checkpoint.malformed("the root of an empty log is SHA-256 of nothing") }
        self.init(origin: origin, size: size, root: root)
    }

    /// The text that is signed.
    package var text: [UInt8] {
        origin.utf8 + Array("\n\(size)\n\(Base64.encode(root.bytes))\n".utf8)
    }

    /// The note with one signature by the log.
    package func signed(by signer: NoteSigner) throws(TransparencyFault) -> SignedNote {
        let text = text
        return SignedNote(text: text, signatures: [try signer.sign(text)])
    }

    private static func malformed(_ reason: String) -> TransparencyFault {
        .malformed(what: "checkpoint", reason: reason)
    }
}
