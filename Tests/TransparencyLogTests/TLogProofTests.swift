import Cryptography
import Testing
@testable import TransparencyLog

@Suite struct TLogProofTests {
    let log = MemoryLog(size: 300)
    let trust: LogTrust

    init() throws { trust = try Keys.trust() }

    private func proof(_ index: UInt64, extra: [UInt8]? = nil) throws -> TLogProof {
        var builder = log.builder()
        return TLogProof(index: index, path: try builder.inclusionPath(of: index), unauthenticatedExtra: extra, checkpointNote: try log.note())
    }

    @Test(arguments: [0, 1, 255, 256, 299] as [UInt64]) func receiptsVerifyAndSurviveTheirText(index: UInt64) throws {
        let proof = try proof(index)
        #expect(try TLogProof(proof.bytes) == proof)
        #expect(try proof.verify(entry: utf8("entry \(index)"), trust: trust).checkpoint.size == 300)
        #expect(throws: TransparencyFault.self) { try proof.verify(entry: utf8("entry \(index + 1)"), trust: trust) }
    }

    @Test func theTextIsThatOfTheSpecification() throws {
        let lone = MemoryLog(size: 1)
        let proof = TLogProof(index: 0, path: [], checkpointNote: try lone.note())
        #expect(String(decoding: proof.bytes, as: UTF8.self) == "c2sp.org/tlog-proof@v1\nindex 0\n\n" + String(decoding: try lone.note(), as: UTF8.self))
        _ = try TLogProof(proof.bytes).verify(entry: utf8("entry 0"), trust: trust)
    }

    /// E8: whatever the extra line says, the verdict is the same.
    @Test func extraIsCarriedAndNotBelieved() throws {
        let proof = try proof(7, extra: utf8("entry 8"))
        let read = try TLogProof(proof.bytes)
        #expect(read.unauthenticatedExtra == utf8("entry 8"))
        _ = try read.verify(entry: utf8("entry 7"), trust: trust)
        #expect(throws: TransparencyFault.self) { try read.verify(entry: utf8("entry 8"), trust: trust) }
    }

    /// E7, E9, E10, E12 and the frame.
    @Test(arguments: [
        ("tlog-proof@v1", "tlog-proof@v2"), ("c2sp.org", "C2SP.org"), ("index 7\n", "index 07\n"), ("index 7\n", "index  7\n"), ("index 7\n", "index 7 \n"),
        ("index 7\n", "index +7\n"), ("index 7\n", "index\n"), ("index 7\n", ""), ("index 7\n", "index 7\nindex 7\n"), ("index 7\n", "index 9223372036854775808\n"),
        ("index 7\n", "extra AAAA\nextra AAAA\nindex 7\n"), ("index 7\n", "extra A\nindex 7\n"), ("index 7\n", "extra AB==\nindex 7\n"), ("index 7\n", "index 7\nextra AAAA\n"),
        ("index 7\n", "index 7\n\n"), ("index 7\n", "index 7\r\n"), ("index 7\n", "index 7\nAAAA\n"),
        ("index 7\n", "index 7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n"), ("index 7\n", "index 7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"),
        ("\n300\n", "\n0300\n"), ("\n300\n", "\n301\n"), ("\n\n— ", "\n— "), ("\n\n— ", "\n\n\n— "), ("— ledger", "- ledger"),
    ] as [(String, String)]) func anyOtherTextIsRefused(old: String, new: String) throws {
        let text = String(decoding: try proof(7).bytes, as: UTF8.self)
        let changed = text.replacing(old, with: new, maxReplacements: 1)
        try #require(changed != text)
        #expect(throws: TransparencyFault.self) { try TLogProof(utf8(changed)).verify(entry: utf8("entry 7"), trust: trust) }
    }

    @Test func noPrefixIsAProof() throws {
        let bytes = try proof(7).bytes
        for count in 0..<bytes.count {
            #expect(throws: TransparencyFault.self) { try TLogProof(Array(bytes[..<count])).verify(entry: utf8("entry 7"), trust: trust) }
        }
        #expect(throws: TransparencyFault.self) { try TLogProof(bytes + [10]).verify(entry: utf8("entry 7"), trust: trust) }
    }

    /// E11: a tree of 63 bits has no longer path.
    @Test func pathsHaveAtMostSixtyThreeHashes() throws {
        let line = Base64.encode(Digest.zero.bytes) + "\n"
        let note = String(decoding: try log.note(), as: UTF8.self)
        func text(_ lines: Int) -> [UInt8] { utf8("c2sp.org/tlog-proof@v1\nindex 7\n" + String(repeating: line, count: lines) + "\n" + note) }
        #expect(try TLogProof(text(63)).path.count == 63)
        #expect(throws: TransparencyFault.self) { try TLogProof(text(64)) }
        #expect(throws: TransparencyFault.self) { try TLogProof(text(63)).verify(entry: utf8("entry 7"), trust: trust) }
    }

    /// G11 in small: a receipt of which any byte differs is refused, or reads as exactly the bytes that it is.
    @Test func mutatedReceiptsAreRefused() throws {
        let original = try proof(100).bytes
        var generator = TestGenerator(seed: 20_260_101)
        for _ in 0..<3_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let position = Int.random(in: bytes.indices, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: position)
                default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: position)
                }
            }
            guard bytes != original else { continue }
            var verdict = false
            do throws(TransparencyFault) {
                _ = try TLogProof(bytes).verify(entry: utf8("entry 100"), trust: trust)
                verdict = true
            } catch {}
            #expect(!verdict)
        }
    }
}
