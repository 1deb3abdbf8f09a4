import Cryptography
import Testing

/// FIPS 180-4 examples (NIST "Examples with Intermediate Values", SHA-256).
@Suite struct DigestTests {
    static let vectors: [(String, String)] = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
    ]

    @Test(arguments: vectors) func publishedDigestsAreReproduced(message: String, expected: String) {
        let bytes = Array(message.utf8)
        #expect(Digest.sha256(bytes).hex == expected)
        #expect(Digest.sha256(bytes.span).hex == expected)
        var hash = SHA256()
        for byte in bytes { hash.update(byte) }
        #expect(hash.finish().hex == expected)
        hash.update(bytes)
        #expect(hash.finish().hex == expected, "an instance is empty again after finish")
    }

    @Test func aMillionLettersInPieces() {
        var hash = SHA256()
        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 1000)
        for _ in 0..<1000 { hash.update(piece) }
        #expect(hash.finish().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func prefixedFormsEqualTheConcatenation() {
        for count in [0, 1, 55, 64, 2047, 2048, 2049, 70_000] {
            let body = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            #expect(Digest.sha256(prefix: 7, body.span) == Digest.sha256([7] + body))
            #expect(Digest.sha256([7], body) == Digest.sha256([7] + body))
        }
        let left = Digest.sha256([1]), right = Digest.sha256([2])
        #expect(Digest.sha256(prefix: 1, left, right) == Digest.sha256([1] + left.bytes + right.bytes))
        var hash = SHA256()
        hash.update(bigEndian: 0x0102_0304)
        hash.update(left)
        #expect(hash.finish() == Digest.sha256([1, 2, 3, 4] + left.bytes))
    }

    @Test func onlyThirtyTwoBytesMakeADigest() {
        #expect(Digest([UInt8](repeating: 1, count: 31)) == nil)
        #expect(Digest([UInt8](repeating: 1, count: 33)) == nil)
        let bytes = (0..<32).map { UInt8($0) }
        #expect(Digest(bytes)?.bytes == bytes)
        #expect(Digest(bytes.span)?.bytes == bytes)
        #expect(Digest(([9] + bytes).span, at: 1).bytes == bytes)
        #expect(Digest(hex: Digest.sha256([]).hex) == Digest.sha256([]))
        #expect(Digest(hex: Digest.sha256([]).hex.uppercased()) == nil)
    }
}
