import Cryptography

/// One signature line of a note.
package struct NoteSignature: Hashable, Sendable {
    package let name: KeyName
    package let keyID: UInt32
    /// What follows the key id; its form depends on the key's algorithm.
    package let signature: [UInt8]

    package init(name: KeyName, keyID: UInt32, signature: [UInt8]) {
        self.name = name
        self.keyID = keyID
        self.signature = signature
    }

    /// The line with its end.
    package var line: [UInt8] {
        let blob = (0..<4).map { UInt8(truncatingIfNeeded: keyID >> (24 - 8 * UInt32($0))) } + signature
        return SignedNote.dash + name.utf8 + [UInt8(ascii: " ")] + Array(Base64.encode(blob).utf8) + [UInt8(ascii: "\n")]
    }
}
