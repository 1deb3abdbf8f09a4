import Cryptography

/// A named private key for notes. It signs what it is given: whoever holds it must have checked consistency first.
package struct NoteSigner: Sendable {
    package let verifierKey: VerifierKey
    private let privateKey: Ed25519PrivateKey

    package init(name: KeyName, algorithm: NoteAlgorithm = .ed25519, privateKey: Ed25519PrivateKey) {
        verifierKey = VerifierKey(name: name, algorithm: algorithm, publicKey: privateKey.publicKey)
        self.privateKey = privateKey
    }

    /// From the text form that Go's note package and Tessera use: `PRIVATE+KEY+name+id+base64(kind ‖ seed)`.
    package init(encoded text: String) throws(TransparencyFault) {
        let parts = Array(text.utf8).split(separator: UInt8(ascii: "+"), maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, Array(parts[0]) == Array("PRIVATE".utf8), Array(parts[1]) == Array("KEY".utf8),
            let name = KeyName(utf8: Array(parts[2])), var material = Base64.decode(utf8: Array(parts[4])),
            let kind = material.first, let algorithm = NoteAlgorithm(rawValue: kind)
        else { throw NoteSigner.malformed("it is not PRIVATE+KEY+name+id+key with a key of kind 1 or 4") }
        defer { wipe(&material) }
        do throws(CryptographyFault) {
            self.init(name: name, algorithm: algorithm, privateKey: try Ed25519PrivateKey(seed: Array(material.dropFirst())))
        } catch {
            throw NoteSigner.malformed(error.description)
        }
        guard verifierKey.vkey.utf8.dropFirst(name.utf8.count + 1).prefix(8).elementsEqual(parts[3]) else {
            throw NoteSigner.malformed("its id is not that of the key")
        }
    }

    /// The text form of a key, for a file of mode 0600.
    package static func encode(name: KeyName, algorithm: NoteAlgorithm = .ed25519, seed: SecretBytes) throws(TransparencyFault) -> String {
        do throws(CryptographyFault) {
            let signer = NoteSigner(name: name, algorithm: algorithm, privateKey: try Ed25519PrivateKey(seed: seed))
            let id = signer.verifierKey.vkey.utf8.dropFirst(name.utf8.count + 1).prefix(8)
            return "PRIVATE+KEY+\(name)+\(String(decoding: Array(id), as: UTF8.self))+" + Base64.encode([algorithm.rawValue] + seed.exposed())
        } catch {
            throw .cryptography(error)
        }
    }

    /// A plain signature over `text`. Deterministic. Traps for a cosigner's key.
    package func sign(_ text: [UInt8]) throws(TransparencyFault) -> NoteSignature {
        precondition(verifierKey.algorithm == .ed25519, "a cosigner's key signs cosignatures only")
        return line(try signed(text))
    }

    /// A cosignature of `text` at `time`, seconds since 1970. Traps for a key of the plain kind.
    package func cosign(_ text: [UInt8], time: UInt64) throws(TransparencyFault) -> NoteSignature {
        precondition(verifierKey.algorithm == .cosignature && time <= Limits.maxTreeSize, "a cosigner's key and a time of 63 bits")
        let stamp = time.bigEndianBytes
        return line(stamp + (try signed(Cosignature.message(time: time, text: text))))
    }

    private func signed(_ message: [UInt8]) throws(TransparencyFault) -> [UInt8] {
        do throws(CryptographyFault) {
            return try privateKey.sign(message)
        } catch {
            throw .cryptography(error)
        }
    }

    private func line(_ signature: [UInt8]) -> NoteSignature {
        NoteSignature(name: verifierKey.name, keyID: verifierKey.keyID, signature: signature)
    }

    private static func malformed(_ reason: String) -> TransparencyFault {
        .malformed(what: "signing key", reason: reason)
    }
}
