import Cryptography
import Testing

func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }

@Suite struct MACTests {
    /// RFC 4231 §4.2 to §4.8: key, message, HMAC-SHA-256 (case 5 truncated to 128 bits).
    static let rfc4231: [(String, String, String)] = [
        (String(repeating: "0b", count: 20), "4869205468657265", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        ("4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (String(repeating: "aa", count: 20), String(repeating: "dd", count: 50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
        ("0102030405060708090a0b0c0d0e0f10111213141516171819", String(repeating: "cd", count: 50), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
        (String(repeating: "0c", count: 20), "546573742057697468205472756e636174696f6e", "a3b6167473100ee06e0c796c2955552b"),
        (String(repeating: "aa", count: 131), "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
        (String(repeating: "aa", count: 131), "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b657920616e642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565647320746f20626520686173686564206265666f7265206265696e6720757365642062792074686520484d414320616c676f726974686d2e", "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    ]

    @Test(arguments: rfc4231) func hmacOfRFC4231(key: String, message: String, expected: String) throws {
        let mac = HMACKey.sha256(try bytes(key))
        #expect(mac.authenticate(try bytes(message)).hex.hasPrefix(expected))
        #expect(mac.authenticate(try bytes(message)).hex.hasPrefix(expected), "a key can be used again")
        #expect(HMACKey.sha256(SecretBytes(try bytes(key))).authenticate(try bytes(message)).hex.hasPrefix(expected))
    }

    @Test func aChangedTagIsNotAuthentic() throws {
        let key = HMACKey.sha256([1, 2, 3])
        let tag = key.authenticate([4])
        #expect(key.isAuthentic(tag, for: [4]))
        #expect(!key.isAuthentic(tag, for: [5]))
    }

    /// RFC 5869 appendix A.1 to A.3.
    static let rfc5869: [(String, String, String, String)] = [
        (String(repeating: "0b", count: 22), "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
         "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"),
        ((0..<80).map { Hex.encode([UInt8($0)]) }.joined(), (0x60...0xaf).map { Hex.encode([UInt8($0)]) }.joined(),
         (0xb0...0xff).map { Hex.encode([UInt8($0)]) }.joined(),
         "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"),
        (String(repeating: "0b", count: 22), "", "",
         "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"),
    ]

    @Test(arguments: rfc5869) func hkdfOfRFC5869(ikm: String, salt: String, info: String, okm: String) throws {
        let output = HKDF.sha256(ikm: try bytes(ikm), salt: try bytes(salt), info: try bytes(info), length: okm.count / 2)
        #expect(Hex.encode(output) == okm)
        let secret = HKDF.sha256(secret: SecretBytes(try bytes(ikm)), salt: try bytes(salt), info: try bytes(info), length: okm.count / 2)
        #expect(Hex.encode(secret.exposed()) == okm)
    }

    /// The frozen pseudonym formula of this system: HKDF and HMAC together, computed beforehand by an independent program.
    @Test func pseudonymGoldenValue() throws {
        func prefixed(_ part: [UInt8]) -> [UInt8] { [UInt8(part.count >> 8), UInt8(part.count & 255)] + part }
        func prefixed(_ part: String) -> [UInt8] { prefixed(Array(part.utf8)) }
        let info = prefixed("concordat/pseudonym/v1") + prefixed("recipient:hmrc") + prefixed("scope:agr-0001")
            + prefixed("domain:nino") + prefixed([0, 0, 0, 1])
        let key = HKDF.sha256(ikm: (0..<32).map { UInt8($0) }, salt: Array("concordat/root/v1".utf8), info: info, length: 32)
        #expect(Hex.encode(key) == "3bd5c6060db6f669fb80b09038d8f30645c4cafa50fea72ead8cadc9832085cc")
        let tag = HMACKey.sha256(key).authenticate(prefixed("concordat/pseudonym/v1") + prefixed("AB123456C"))
        #expect(Base64URL.encode(tag.bytes.prefix(16)) == "8UFuosRkEyTqBFLEMIHY1g")
    }
}
