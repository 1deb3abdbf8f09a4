import Cryptography
import Foundation
import Testing
@testable import TransparencyLog

/// The checkpoint attacks of a stranger without any key. The valid note is the published one at 70,000 entries.
@Suite struct NoteTests {
    let valid = MerkleVectorTests.checkpoint
    let trust: LogTrust
    let log = "— ledger.example/broker-1 2IszJ+vvNgIcQ+/hVtA1lhwAF+v1bDfJ25tP4GPVVgunC+C5mnYtSTZP0uCdWVKwT6F1yF26kFbyrBZ6ZwtZjwCGyQM=\n"
    let witness =
        "— witness.example/w1 hcOz3wAAAABlVQJvxGno8p6cUFkZn/YjLP2bw7t+dklDL3uU2BHTLA2p4T2VYm8TEDpsu7vW2iy7umAoMx2w4svMNUHrFYmiUB6aDw==\n"
    let head = "ledger.example/broker-1\n70000\no5IPun8jmgcam9EHIfE0Gt3vuu3ttBx+JEN6nRa98Ao=\n\n"

    init() throws {
        let signer = try Keys.signer().verifierKey, witness = try Keys.witness().verifierKey
        trust = LogTrust(origin: signer.name, keys: [TrustedKey(signer)], witnesses: [witness], quorum: 1)
    }

    private func accepts(_ note: String) -> Bool { accepts(utf8(note)) }

    private func accepts(_ note: [UInt8]) -> Bool {
        do throws(TransparencyFault) {
            _ = try trust.verify(note)
            return true
        } catch {
            return false
        }
    }

    /// The example of signed-note.md.
    @Test func exampleOfTheSpecificationVerifies() throws {
        let key = try VerifierKey(vkey: "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
        #expect(key.vkey == "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
        let text = """
            This is an example message.

            — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

            """
        let note = try SignedNote(utf8(text))
        #expect(note.text == utf8("This is an example message.\n"))
        #expect(note.bytes == utf8(text))
        #expect(key.isNamed(by: note.signatures[0]))
        #expect(key.verify(note.signatures[0], over: note.text) == 0)
        #expect(key.verify(note.signatures[0], over: note.text + [10]) == nil)
    }

    @Test func theValidNoteIsTheControl() {
        #expect(valid == head + log + witness)
        #expect(accepts(valid))
        #expect(accepts(head + witness + log), "the order of signatures says nothing")
    }

    /// B1 to B5, B10, B12 to B15, B22, B24, B25.
    @Test(arguments: [
        ("70000", "70001"), ("70000", "070000"), ("70000", "7000"), ("70000", "+70000"), ("70000", " 70000"), ("70000", "70000 "), ("70000", "7e4"),
        ("70000", "-1"), ("70000", "18446744073709551616"), ("70000", "９"), ("o5IPun8", "p5IPun8"), ("Ao=\n\n", "Ap=\n\n"), ("Ao=\n\n", "Ao\n\n"),
        ("Ao=\n\n", "Ao==\n\n"), ("Ao=\n\n", "Ao= \n\n"), ("Ao=\n\n", "Ao=\nextension\n\n"), ("Ao=\n\n", "Ao=\n\n\n"), ("Ao=\n\n", "Ao=\n"),
        ("broker-1\n70", "broker-2\n70"), ("broker-1\n70", "broker-1 \n70"), ("— ledger.example/broker-1", "— ledger.example/broker-2"),
        ("— ledger", "- ledger"), ("— ledger", "– ledger"), ("— ledger", "—  ledger"), ("— ledger", "—ledger"), ("— ledger", " — ledger"),
        ("yQM=\n", "yQM=\r\n"), ("yQM=\n", "yQM= \n"), ("yQM=\n", "yQM=\n\n"), ("\n70000\n", "\r\n70000\r\n"),
        ("— ledger.example/broker-1 ", "— ledger.example/broker-1\u{0} "), ("— ledger.example/broker-1 ", "— ledger.example/broker-1\u{2028} "),
        ("— ledger.example/broker-1 ", "— ledger.example/broker-1\u{a0} "), ("— ledger.example/broker-1 ", "— ledger.example/broker-1+x "),
    ] as [(String, String)]) func anyChangeToAValidNoteIsRefused(old: String, new: String) throws {
        let range = try #require(valid.range(of: old))
        #expect(!accepts(valid.replacingCharacters(in: range, with: new)), "\(old) to \(new)")
    }

    @Test func frameFaultsAreRefused() {
        #expect(!accepts("\u{feff}" + valid), "B24: a byte order mark")
        #expect(!accepts(String(valid.dropLast())), "B25: no final line end")
        #expect(!accepts(valid + "more"), "B13")
        #expect(!accepts(valid + "more\n"), "B13")
        #expect(!accepts(valid + "\n"), "B13")
        #expect(!accepts("\n" + valid))
        #expect(!accepts(""))
        #expect(!accepts("\n"))
        #expect(!accepts("\n\n"))
        #expect(!accepts(head))
        #expect(!accepts(utf8(valid) + [0xff, 0x0a]), "B23: not UTF-8")
        #expect(!accepts([0xc0, 0x80] + utf8(valid)), "B23: overlong")
        #expect(!accepts(utf8(head) + [UInt8](repeating: 0x61, count: 1_000_000)), "B21: a megabyte")
    }

    /// B6, B7.
    @Test func aMissingSignatureIsRefused() throws {
        #expect(throws: TransparencyFault.unsigned(origin: "ledger.example/broker-1")) { try trust.verify(utf8(head + witness)) }
        #expect(throws: TransparencyFault.quorumMissing(wanted: 1, found: 0)) { try trust.verify(utf8(head + log)) }
    }

    /// B8, B9: every bit of key id, time and signature. A changed key id makes the line unknown, the rest makes it bad.
    @Test func everyBitOfASignatureCounts() throws {
        for (line, other) in [(log, witness), (witness, log)] {
            let parts = line.dropLast().split(separator: " ")
            let blob = try #require(Base64.decode(parts[2]))
            for bit in 0..<blob.count * 8 {
                var changed = blob
                changed[bit / 8] ^= 1 << (bit % 8)
                #expect(!accepts(head + "— \(parts[1]) \(Base64.encode(changed))\n" + other), "bit \(bit)")
            }
            for count in 0..<blob.count {
                #expect(!accepts(head + "— \(parts[1]) \(Base64.encode(blob[..<count]))\n" + other), "B26: \(count) bytes")
            }
            #expect(!accepts(head + "— \(parts[1]) \(Base64.encode(blob + [0]))\n" + other))
        }
    }

    /// B11: base64 whose unused bits are not zero decodes to the same signature in a lax reader.
    @Test func nonCanonicalBase64InASignatureIsRefused() {
        #expect(!accepts(valid.replacing("GyQM=", with: "GyQN=")))
        #expect(!accepts(valid.replacing("6aDw==", with: "6aDx==")))
        #expect(!accepts(valid.replacing("GyQM=", with: "GyQM")))
        #expect(!accepts(valid.replacing("+", with: "-")), "the URL alphabet")
    }

    /// B16 to B20.
    @Test func repeatedAndUnknownLines() throws {
        #expect(!accepts(head + log + log + witness), "B16: one signature twice")
        #expect(!accepts(head + log + witness + witness), "B16: one witness twice must not fill a quorum of two")
        #expect(!accepts(head + log.replacing("broker-1", with: "broker-9") + witness), "B17: the same id under another name is nobody known")
        #expect(!accepts(head + log.replacing("2IszJ", with: "3IszJ") + witness), "B18: another id under the same name is nobody known")
        let unknown = "— stranger.example/x AAAAAAAA\n"
        #expect(accepts(head + unknown + log + witness), "B19")
        #expect(accepts(head + String(repeating: unknown, count: 20) + log + witness), "B20: over 16 lines")
        #expect(accepts(head + String(repeating: unknown, count: 98) + log + witness), "B20: 100 lines")
        #expect(!accepts(head + String(repeating: unknown, count: 99) + log + witness), "B20: 101 lines")
    }

    /// B27.
    @Test func oneKindOfSignatureIsNotTheOther() throws {
        let signer = try Keys.signer(), cosigner = try Keys.witness("govf test log key - not secret", "ledger.example/broker-1")
        let text = utf8(String(head.dropLast()))
        let cosignature = try cosigner.cosign(text, time: 1)
        let plain = try signer.sign(text)
        #expect(signer.verifierKey.keyID != cosigner.verifierKey.keyID, "one public key has an id for each kind")
        for forged in [
            NoteSignature(name: plain.name, keyID: plain.keyID, signature: cosignature.signature),
            NoteSignature(name: plain.name, keyID: plain.keyID, signature: Array(cosignature.signature.dropFirst(8))),
            NoteSignature(name: plain.name, keyID: plain.keyID, signature: [UInt8](repeating: 0, count: 8) + plain.signature),
        ] {
            #expect(signer.verifierKey.verify(forged, over: text) == nil)
        }
        for forged in [plain.signature, [UInt8](repeating: 0, count: 8) + plain.signature] {
            let line = NoteSignature(name: plain.name, keyID: cosigner.verifierKey.keyID, signature: forged)
            #expect(cosigner.verifierKey.verify(line, over: text) == nil)
        }
        let late = NoteSignature(name: plain.name, keyID: cosigner.verifierKey.keyID, signature: [0xff] + cosignature.signature.dropFirst())
        #expect(cosigner.verifierKey.verify(late, over: text) == nil, "a time of 64 bits")
    }

    /// B28, B29.
    @Test(arguments: [
        "", "example.com/foo", "example.com/foo+530d903a", "example.com/foo+530d903a+", "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2l", "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
        "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "example.com /foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+BekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U0=",
        "example.com/foo+530d903a+AgkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "example.com/foo+530d903a+AQ==",
        "ledger.example/broker-1+d88b3327+AY4WYxrNAbBGZE5oM_VzdeMSJ8bfjJaqAHmyERW34oQE",
    ]) func anyOtherVerifierKeyIsRefused(text: String) {
        #expect(throws: TransparencyFault.self) { try VerifierKey(vkey: text) }
    }

    @Test func weakKeysAreRefusedInsideVerifierKeys() throws {
        // y = 1 is the neutral point: with it, the signature (neutral, 0) would verify for every text.
        let material = [1, 1] + [UInt8](repeating: 0, count: 31)
        let id = Digest.sha256(utf8("weak.example") + [0x0a] + material).hex.prefix(8)
        #expect(throws: TransparencyFault.self) { try VerifierKey(vkey: "weak.example+\(id)+" + Base64.encode(material)) }
    }

    @Test func signingKeysSurviveTheirTextForm() throws {
        let name = try #require(KeyName("ledger.example/broker-1"))
        let seed = SecretBytes(Digest.sha256(utf8("govf test log key - not secret")).bytes)
        let text = try NoteSigner.encode(name: name, seed: seed)
        #expect(text.hasPrefix("PRIVATE+KEY+ledger.example/broker-1+d88b3327+A"))
        #expect(try NoteSigner(encoded: text).verifierKey == Keys.signer().verifierKey)
        for broken in [text + "x", text.replacing("d88b3327", with: "d88b3328"), text.replacing("PRIVATE", with: "PUBLIC"), String(text.dropLast(4)), ""] {
            #expect(throws: TransparencyFault.self) { try NoteSigner(encoded: broken) }
        }
    }

    /// Two names that Swift's strings hold for equal are two names here.
    @Test func namesAreComparedByTheirBytes() throws {
        let composed = try #require(KeyName("caf\u{e9}")), decomposed = try #require(KeyName("cafe\u{301}"))
        #expect("\(composed)" == "\(decomposed)")
        #expect(composed != decomposed)
        for bad in ["", " ", "a b", "a+b", "a\u{a0}", "a\u{2028}", "a\u{85}", "a\u{0}", "a\u{7f}", "a\t", String(repeating: "a", count: 256)] {
            #expect(KeyName(bad) == nil)
        }
        #expect(KeyName(utf8: [0xff]) == nil)
    }
}
