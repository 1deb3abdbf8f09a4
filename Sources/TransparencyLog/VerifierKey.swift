import Cryptography

/// A named public key for notes, written as a vkey: `name+id+base64(kind ‖ key)`.
package struct VerifierKey: Hashable, Sendable, CustomStringConvertible {
    package let name: KeyName
    package let algorithm: NoteAlgorithm
    package let publicKey: Ed25519PublicKey
    /// The first four bytes of SHA-256(name ‖ 0x0A ‖ kind ‖ key).
    package let keyID: UInt32

    package init(name: KeyName, algorithm: NoteAlgorithm, publicKey: Ed25519PublicKey) {
        self.name = name
        self.algorithm = algorithm
        self.publicKey = publicKey
        let digest = Digest.sha256(name.utf8 + [0x0a, algorithm.rawValue] + publicKey.bytes)
        keyID = digest.bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The id must be the key's own, in lower-case hexadecimal; the base64 must be canonical.
    package init(vkey: String) throws(TransparencyFault) {
        let parts = Array(vkey.utf8).split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let name = KeyName(utf8: Array(parts[0])) else { throw VerifierKey.malformed("it is not name+id+key") }
        guard let material = Base64.decode(utf8: Array(parts[2])), let kind = material.first else {
            throw VerifierKey.malformed("its key is not canonical base64")
        }
        guard let algorithm = NoteAlgorithm(rawValue: kind) else {
            throw VerifierKey.malformed("kind \(kind) is not supported; give an Ed25519 key (1) or an Ed25519 cosigner (4)")
        }
        do throws(CryptographyFault) {
            self.init(name: name, algorithm: algorithm, publicKey: try Ed25519PublicKey(Array(material.dropFirst())))
        } catch {
            throw VerifierKey.malformed(error.description)
        }
        guard Array(parts[1]) == Array(hexID.utf8) else { throw VerifierKey.malformed("its id is not that of the key") }
    }

    package var vkey: String {
        "\(name)+\(hexID)+" + Base64.encode([algorithm.rawValue] + publicKey.bytes)
    }

    package var description: String { vkey }

    private var hexID: String {
        let digits = String(keyID, radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }

    /// Whether a signature line claims to be by this key. Then it must verify, or the whole note is refused.
    func isNamed(by signature: NoteSignature) -> Bool {
        signature.keyID == keyID && signature.name == name
    }

    /// The cosignature's time in seconds since 1970, or 0 for a plain signature; nil when it does not verify.
    func verify(_ signature: NoteSignature, over text: [UInt8]) -> UInt64? {
        switch algorithm {
        case .ed25519:
            return publicKey.isValid(signature.signature, for: text) ? 0 : nil
        case .cosignature:
            guard signature.signature.count == 72 else { return nil }
            let time = signature.signature[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard time <= Limits.maxTreeSize else { return nil }
            return publicKey.isValid(Array(signature.signature[8...]), for: Cosignature.message(time: time, text: text)) ? time : nil
        }
    }

    private static func malformed(_ reason: String) -> TransparencyFault {
        .malformed(what: "verifier key", reason: reason)
    }
}
