import Cryptography

/// A receipt in C2SP's tlog-proof format: an inclusion proof and the signed checkpoint that it leads to.
package struct TLogProof: Hashable, Sendable {
    package let index: UInt64
    /// The leaf's sibling first.
    package let path: [Digest]
    /// Not covered by any signature: never to be believed by itself.
    package let unauthenticatedExtra: [UInt8]?
    /// The checkpoint note, verbatim.
    package let checkpointNote: [UInt8]

    private static let header = Array("c2sp.org/tlog-proof@v1\n".utf8)
    private static let newline = UInt8(ascii: "\n")

    package init(index: UInt64, path: [Digest], unauthenticatedExtra: [UInt8]? = nil, checkpointNote: [UInt8]) {
        precondition(path.count <= Limits.maxPathHashes, "a path of at most 63 hashes")
        self.index = index
        self.path = path
        self.unauthenticatedExtra = unauthenticatedExtra
        self.checkpointNote = checkpointNote
    }

    /// Accepts exactly what ``bytes`` gives back; the note's own grammar is checked when it is verified.
    package init(_ bytes: [UInt8]) throws(TransparencyFault) {
        guard bytes.count <= Limits.maxNoteBytes + 2 * Limits.maxExtraBytes else { throw TLogProof.malformed("it is too long") }
        guard bytes.starts(with: TLogProof.header) else { throw TLogProof.malformed("its first line is not c2sp.org/tlog-proof@v1") }
        var rest = bytes[TLogProof.header.count...]
        var line = try TLogProof.nextLine(&rest)
        if let value = TLogProof.value(of: line, after: "extra ") {
            guard let extra = Base64.decode(utf8: Array(value)), extra.count <= Limits.maxExtraBytes else {
                throw TLogProof.malformed("its extra line is not canonical base64 of at most 64 KiB")
            }
            unauthenticatedExtra = extra
            line = try TLogProof.nextLine(&rest)
        } else {
            unauthenticatedExtra = nil
        }
        guard let value = TLogProof.value(of: line, after: "index "), let index = StrictDecimal.parse(value), index <= Limits.maxTreeSize else {
            throw TLogProof.malformed("its index line is not 'index ' and a decimal number without leading zeros")
        }
        self.index = index
        var path: [Digest] = []
        while true {
            let line = try TLogProof.nextLine(&rest)
            if line.isEmpty { break }
            guard path.count < Limits.maxPathHashes else { throw TLogProof.malformed("its path has over 63 hashes") }
            guard let hash = Base64.decode(utf8: Array(line)).flatMap({ Digest($0) }) else {
                throw TLogProof.malformed("a hash line is not canonical base64 of 32 bytes")
            }
            path.append(hash)
        }
        self.path = path
        guard !rest.isEmpty else { throw TLogProof.malformed("it holds no checkpoint") }
        checkpointNote = Array(rest)
    }

    package var bytes: [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(TLogProof.header.count + 40 + path.count * 45 + checkpointNote.count)
        text += TLogProof.header
        if let unauthenticatedExtra { text += Array("extra \(Base64.encode(unauthenticatedExtra))\n".utf8) }
        text += Array("index \(index)\n".utf8)
        for hash in path {
            Base64.append(hash, to: &text)
            text.append(TLogProof.newline)
        }
        text.append(TLogProof.newline)
        text += checkpointNote
        return text
    }

    /// That `entry` stands at ``index`` of the log that `trust` describes. The verified checkpoint comes back, to be remembered.
    package func verify(entry: [UInt8], trust: LogTrust) throws(TransparencyFault) -> VerifiedCheckpoint {
        let verified = try trust.verify(checkpointNote)
        try MerkleProof.verifyInclusion(
            of: TreeHash.leaf(entry), at: index, size: verified.checkpoint.size, path: path, root: verified.checkpoint.root)
        return verified
    }

    private static func nextLine(_ rest: inout ArraySlice<UInt8>) throws(TransparencyFault) -> ArraySlice<UInt8> {
        guard let end = rest.firstIndex(of: newline) else { throw malformed("it ends before its checkpoint") }
        defer { rest = rest[(end + 1)...] }
        return rest[..<end]
    }

    private static func value(of line: ArraySlice<UInt8>, after key: String) -> ArraySlice<UInt8>? {
        line.starts(with: key.utf8) ? line.dropFirst(key.utf8.count) : nil
    }

    private static func malformed(_ reason: String) -> TransparencyFault {
        .malformed(what: "tlog-proof", reason: reason)
    }
}
