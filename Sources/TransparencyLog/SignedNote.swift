import Cryptography

/// A text with signatures (C2SP signed-note v1.0.0), parsed but not believed: see ``LogTrust``.
package struct SignedNote: Hashable, Sendable {
    /// The signed text, with its final line end.
    package let text: [UInt8]
    package let signatures: [NoteSignature]

    /// An em dash, U+2014, and a space.
    static let dash: [UInt8] = [0xe2, 0x80, 0x94, 0x20]
    private static let newline = UInt8(ascii: "\n")

    package init(text: [UInt8], signatures: [NoteSignature]) {
        precondition(text.last == SignedNote.newline, "a note's text ends with a line end")
        self.text = text
        self.signatures = signatures
    }

    /// Accepts exactly what ``bytes`` gives back.
    package init(_ bytes: [UInt8]) throws(TransparencyFault) {
        guard bytes.count <= Limits.maxNoteBytes else { throw SignedNote.malformed("it is over 512 KiB") }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw SignedNote.malformed("it is not UTF-8") }
        guard !bytes.contains(where: { $0 < 0x20 && $0 != SignedNote.newline }) else {
            throw SignedNote.malformed("it holds a control character; lines end with a line feed alone")
        }
        guard bytes.last == SignedNote.newline else { throw SignedNote.malformed("its last line does not end") }
        guard let gap = SignedNote.lastEmptyLine(bytes) else { throw SignedNote.malformed("no empty line parts text and signatures") }
        text = Array(bytes[...gap])
        let lines = bytes[(gap + 2)...].split(separator: SignedNote.newline, omittingEmptySubsequences: false).dropLast()
        guard !lines.isEmpty else { throw SignedNote.malformed("it has no signature line") }
        guard lines.count <= Limits.maxNoteSignatures else { throw SignedNote.malformed("it has over 100 signatures") }
        var signatures: [NoteSignature] = []
        for line in lines { signatures.append(try SignedNote.signature(line)) }
        self.signatures = signatures
    }

    package var bytes: [UInt8] {
        signatures.reduce(text + [SignedNote.newline]) { $0 + $1.line }
    }

    /// The note with one more signature line at its end.
    package func adding(_ signature: NoteSignature) -> SignedNote {
        SignedNote(text: text, signatures: signatures + [signature])
    }

    /// The position of the line end before the last empty line.
    private static func lastEmptyLine(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 2 else { return nil }
        return (0..<bytes.count - 1).last { bytes[$0] == newline && bytes[$0 + 1] == newline }
    }

    private static func signature(_ line: ArraySlice<UInt8>) throws(TransparencyFault) -> NoteSignature {
        guard line.starts(with: dash) else { throw malformed("a signature line does not begin with an em dash and a space") }
        let rest = line.dropFirst(dash.count)
        guard let space = rest.firstIndex(of: UInt8(ascii: " ")), let name = KeyName(utf8: Array(rest[..<space])) else {
            throw malformed("a signature line has no proper key name")
        }
        // Decoding refuses every text but the canonical one, so a signature has one line.
        guard let blob = Base64.decode(utf8: Array(rest[(space + 1)...])) else { throw malformed("a signature is not canonical base64") }
        guard blob.count > 4 else { throw malformed("a signature is too short to hold a key id and a signature") }
        let keyID = blob[..<4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return NoteSignature(name: name, keyID: keyID, signature: Array(blob[4...]))
    }

    private static func malformed(_ reason: String) -> TransparencyFault {
        .malformed(what: "signed note", reason: reason)
    }
}
