import Cryptography
import Testing
@testable import TransparencyLog

/// The attacks of an insider who holds the log's key: each grammar rule broken under a good signature (matrix C), keys
/// outside their range, stale and dated checkpoints (D).
@Suite struct CheckpointTests {
    static let root = "o5IPun8jmgcam9EHIfE0Gt3vuu3ttBx+JEN6nRa98Ao="

    /// Builds the note by hand, so that texts which the writer cannot produce are signed too.
    private func signed(_ text: [UInt8]) throws -> [UInt8] {
        let signer = try Keys.signer()
        return text + [10] + (try signer.sign(text)).line
    }

    private func accepts(_ text: [UInt8]) throws -> Bool {
        let note = try signed(text)
        let trust = try Keys.trust()
        do throws(TransparencyFault) {
            _ = try trust.verify(note)
            return true
        } catch {
            return false
        }
    }

    @Test func theControlIsAccepted() throws {
        #expect(try accepts(utf8("ledger.example/broker-1\n70000\n\(CheckpointTests.root)\n")))
        #expect(try accepts(utf8("ledger.example/broker-1\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")))
    }

    @Test(arguments: [
        "ledger.example/broker-1\n70000\n",  // two lines
        "ledger.example/broker-1\n70000\n\(root)\nextension\n", "ledger.example/broker-1\n70000\n\(root)\n\n",  // extension lines, one empty
        "\nledger.example/broker-1\n70000\n\(root)\n", "\n70000\n\(root)\n",  // an empty line, an empty origin
        "ledger.example/broker-1\n\n\(root)\n", "ledger.example/broker-1\n70000\n\n",  // an empty size, an empty root
        "ledger.example/broker-1\n070000\n\(root)\n", "ledger.example/broker-1\n00\n\(root)\n", "ledger.example/broker-1\n+1\n\(root)\n",
        "ledger.example/broker-1\n-1\n\(root)\n", "ledger.example/broker-1\n0x10\n\(root)\n", "ledger.example/broker-1\n1_000\n\(root)\n",
        "ledger.example/broker-1\n1,000\n\(root)\n", "ledger.example/broker-1\n1.0\n\(root)\n", "ledger.example/broker-1\n １\n\(root)\n",
        "ledger.example/broker-1\n9223372036854775808\n\(root)\n", "ledger.example/broker-1\n18446744073709551616\n\(root)\n",
        "ledger.example/broker-1\n70000 \n\(root)\n", "ledger.example/broker-1\n 70000\n\(root)\n", "ledger.example/broker-1\n70000\t\n\(root)\n",
        "ledger.example/broker-1\r\n70000\r\n\(root)\r\n", "ledger.example/broker-1\n70000\n\(root) \n", "ledger.example/broker-1\n70000\n\(root)=\n",
        "ledger.example/broker-1\n70000\no5IPun8jmgcam9EHIfE0Gt3vuu3ttBx+JEN6nRa98Ap=\n",  // unused bits set
        "ledger.example/broker-1\n70000\no5IPun8jmgcam9EHIfE0Gt3vuu3ttBx+JEN6nRa98Ao\n",  // no padding
        "ledger.example/broker-1\n70000\no5IPun8jmgcam9EHIfE0Gt3vuu3ttBx-JEN6nRa98Ao=\n",  // the URL alphabet
        "ledger.example/broker-1\n70000\no5IPun8jmgcam9EHIfE0Gt3vuu3ttBx+JEN6nRa9\n",  // 30 bytes
        "ledger.example/broker-1\n70000\no5IPun8jmgcam9EHIfE0Gt3vuu3ttBx+JEN6nRa98AoA\n",  // 33 bytes
        "ledger.example/broker-1\n0\n\(root)\n",  // an empty log has one root
        "ledger.example/broker-1+x\n70000\n\(root)\n", "ledger.example/broker-1 \n70000\n\(root)\n", "other.example/log\n70000\n\(root)\n",
        "ledger.example/broker-1\u{a0}\n70000\n\(root)\n", "ledger.example/broker-1\u{0}\n70000\n\(root)\n", "\u{feff}ledger.example/broker-1\n70000\n\(root)\n",
        "LEDGER.example/broker-1\n70000\n\(root)\n", "ledger.example/broker-1\n70000\n\(root)\u{2028}\n", "ledger.example/broker-1\n70000\n\u{1}\(root)\n",
    ]) func anInsidersMalformedTextIsRefused(text: String) throws {
        #expect(try !accepts(utf8(text)))
    }

    @Test func anInsidersBytesThatAreNotUTF8AreRefused() throws {
        #expect(try !accepts(utf8("ledger.example/broker-1\n70000\n\(CheckpointTests.root)\n") + [0xff, 10]))
        #expect(try !accepts([0xff] + utf8("ledger.example/broker-1\n70000\n\(CheckpointTests.root)\n")))
    }

    /// The name on the signature is the key's, whatever the origin line says.
    @Test func anotherOriginUnderTheSameKeyIsRefused() throws {
        let signer = try Keys.signer()
        let other = Checkpoint(origin: try #require(KeyName("ledger.example/broker-2")), size: 0, root: TreeHash.empty)
        let note = try other.signed(by: signer).bytes
        #expect(throws: TransparencyFault.wrongOrigin(expected: "ledger.example/broker-1")) { try LogTrust(logKey: signer.verifierKey).verify(note) }
    }

    /// D10, D11: keys are valid for ranges of sizes; in an overlap either will do.
    @Test func keysSignTheirOwnSizesOnly() throws {
        let old = try Keys.signer()
        let new = try NoteSigner(name: old.verifierKey.name, privateKey: Ed25519PrivateKey(seed: [UInt8](repeating: 9, count: 32)))
        let trust = LogTrust(
            origin: old.verifierKey.name, keys: [TrustedKey(old.verifierKey, sizes: 0...20), TrustedKey(new.verifierKey, sizes: 10...Limits.maxTreeSize)])
        func verdict(_ size: UInt64, _ signers: [NoteSigner]) throws -> Bool {
            let text = Checkpoint(origin: old.verifierKey.name, size: size, root: size == 0 ? TreeHash.empty : .zero).text
            let note = SignedNote(text: text, signatures: try signers.map { try $0.sign(text) })
            do throws(TransparencyFault) {
                _ = try trust.verify(note.bytes)
                return true
            } catch {
                #expect(error == .unsigned(origin: "ledger.example/broker-1"))
                return false
            }
        }
        #expect(try verdict(0, [old]) && !verdict(0, [new]))
        #expect(try verdict(9, [old]) && !verdict(9, [new]))
        #expect(try verdict(10, [old]) && verdict(10, [new]) && verdict(15, [new, old]))
        #expect(try verdict(20, [old]) && !verdict(21, [old]) && verdict(21, [new]) && verdict(21, [old, new]))
    }

    /// D5, D7, G9: only witnesses date a checkpoint, and not too far ahead of the reader's clock.
    @Test func staleCheckpointsAreRefused() throws {
        let signer = try Keys.signer(), first = try Keys.witness(), second = try Keys.witness("another seed", "witness.example/w2")
        let trust = LogTrust(
            origin: signer.verifierKey.name, keys: [TrustedKey(signer.verifierKey)], witnesses: [first.verifierKey, second.verifierKey], quorum: 0)
        let bare = try MemoryLog(size: 3).checkpoint.signed(by: signer)
        let dated = bare.adding(try first.cosign(bare.text, time: 1_000_000)).adding(try second.cosign(bare.text, time: 1_000_500))
        let verified = try trust.verify(dated.bytes)
        try verified.requireFresh(now: 1_000_500, maxAge: 0, maxAhead: 0)
        try verified.requireFresh(now: 1_000_600, maxAge: 100, maxAhead: 0)
        try verified.requireFresh(now: 1_000_400, maxAge: 0, maxAhead: 100)
        #expect(throws: TransparencyFault.stale(newest: 1_000_500)) { try verified.requireFresh(now: 1_000_601, maxAge: 100, maxAhead: 0) }
        #expect(throws: TransparencyFault.stale(newest: 1_000_500)) { try verified.requireFresh(now: 1_000_399, maxAge: 0, maxAhead: 100) }
        let undated = try trust.verify(bare.bytes)
        #expect(throws: TransparencyFault.stale(newest: 0)) { try undated.requireFresh(now: 0, maxAge: .max, maxAhead: .max) }
    }

    @Test func theQuorumCountsDifferentWitnesses() throws {
        let signer = try Keys.signer(), first = try Keys.witness(), second = try Keys.witness("another seed", "witness.example/w2")
        let trust = LogTrust(
            origin: signer.verifierKey.name, keys: [TrustedKey(signer.verifierKey)], witnesses: [first.verifierKey, second.verifierKey], quorum: 2)
        let bare = try MemoryLog(size: 3).checkpoint.signed(by: signer)
        let one = bare.adding(try first.cosign(bare.text, time: 5))
        #expect(throws: TransparencyFault.quorumMissing(wanted: 2, found: 1)) { try trust.verify(one.bytes) }
        #expect(throws: TransparencyFault.self) { try trust.verify(one.adding(try first.cosign(bare.text, time: 6)).bytes) }
        let both = one.adding(try second.cosign(bare.text, time: 6))
        #expect(try trust.verify(both.bytes).cosignatures.count == 2)
    }

    @Test func writtenCheckpointsAreReadBack() throws {
        for size in [0, 1, 70_000, Limits.maxTreeSize] as [UInt64] {
            let checkpoint = Checkpoint(origin: try Keys.signer().verifierKey.name, size: size, root: size == 0 ? TreeHash.empty : .zero)
            #expect(try Checkpoint(text: checkpoint.text) == checkpoint)
        }
    }
}
