import Cryptography
import Testing

@Suite struct EncodingTests {
    /// RFC 4648 §10.
    static let rfc4648 = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy")]

    @Test(arguments: rfc4648) func base64OfRFC4648(plain: String, text: String) {
        #expect(Base64.encode(Array(plain.utf8)) == text)
        #expect(Base64.decode(text) == Array(plain.utf8))
        let unpadded = text.filter { $0 != "=" }
        #expect(Base64URL.encode(Array(plain.utf8)) == unpadded)
        #expect(Base64URL.decode(unpadded) == Array(plain.utf8))
    }

    @Test(arguments: ["Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8=\n", " Zm8=", "Zm8", "Z===", "====", "Zm9v====", "Zm-v", "Zm_v", "Zg==Zg==", "Zm8é"])
    func base64WithAnotherSpellingIsRefused(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(arguments: ["Zg==", "Zh", "Zm9", "Z", "Zm+v", "Zm/v", "Zm8=", "Zg\n", "Zm 8"])
    func base64URLWithAnotherSpellingIsRefused(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test func theTwoAlphabetsDiffer() {
        #expect(Base64.encode([0xfb, 0xff]) == "+/8=")
        #expect(Base64URL.encode([0xfb, 0xff]) == "-_8")
        #expect(Base64.decode("-_8=") == nil)
        #expect(Base64URL.decode("+/8") == nil)
    }

    @Test(arguments: ["0", "0G", "AB", "0x12", "zz", " 1", "1\n"]) func hexWithAnotherSpellingIsRefused(text: String) {
        #expect(Hex.decode(text) == nil)
    }

    @Test func hexRoundTrip() {
        let all = (0...255).map { UInt8($0) }
        #expect(Hex.decode(Hex.encode(all)) == all)
        #expect(Hex.encode([0, 0x9f, 0xa0, 0xff]) == "009fa0ff")
    }

    @Test func thumbprintIsFortyThreeCanonicalCharacters() {
        let thumbprint = Thumbprint(ofCertificate: Array("abc".utf8))
        // SHA-256("abc") of FIPS 180-4, re-encoded.
        #expect(thumbprint.base64URL == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0")
        #expect(Thumbprint(base64URL: thumbprint.base64URL) == thumbprint)
        #expect(Thumbprint(base64URL: thumbprint.base64URL + "=") == nil)
        #expect(Thumbprint(base64URL: "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa1") == nil, "trailing bits not zero")
        #expect(Thumbprint(base64URL: String(repeating: "A", count: 42)) == nil)
    }

    @Test func secretsCompareAndPrintSafely() {
        let secret = SecretBytes([1, 2, 3])
        #expect("\(secret)" == "SecretBytes(3 bytes)")
        #expect(String(reflecting: secret) == "SecretBytes(3 bytes)")
        #expect(secret.exposed() == [1, 2, 3])
        #expect(constantTimeEqual([1, 2], [1, 2]))
        #expect(!constantTimeEqual([1, 2], [1, 3]))
        #expect(!constantTimeEqual([1, 2], [1, 2, 3]))
        #expect(constantTimeEqual([UInt8](), []))
    }

    @Test func randomnessIsInjectable() {
        #expect(Randomness { _ in [7, 7] }.bytes(2) == [7, 7])
        let first = Randomness.reproducible(seed: [1]), second = Randomness.reproducible(seed: [1])
        let long = first.bytes(100)
        #expect(long == second.bytes(100))
        #expect(first.bytes(100) != long)
        #expect(Randomness.reproducible(seed: [2]).bytes(100) != long)
        #expect(Randomness.system.bytes(0) == [])
        #expect(Randomness.system.bytes(32) != Randomness.system.bytes(32))
    }
}
