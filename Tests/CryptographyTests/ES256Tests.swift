@testable import Cryptography
import Testing

@Suite struct ES256Tests {
    /// RFC 7515 A.3.
    static let signingInput = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    static let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    let key: ES256PublicKey
    let message = Array(ES256Tests.signingInput.utf8)
    let raw: [UInt8]

    init() throws {
        key = try ES256PublicKey(jwkX: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", jwkY: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
        raw = try #require(Base64URL.decode(ES256Tests.signature))
    }

    @Test func signatureOfRFC7515Verifies() {
        #expect(key.isValid(raw, for: message))
        #expect(!key.isValid(raw, for: message + [0]))
    }

    /// RFC 7638 §3 over this key, computed with Python's hashlib.
    @Test func jwkThumbprintFollowsRFC7638() {
        #expect(key.keyID == "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U")
    }

    static let order = ES256Signature.order
    static let zero = [UInt8](repeating: 0, count: 32)
    static let one = [UInt8](repeating: 0, count: 31) + [1]

    @Test(arguments: [
        [], zero + zero, zero + one, one + zero, order + one, one + order, order + order,
        [UInt8](repeating: 255, count: 64), [UInt8](repeating: 1, count: 63), [UInt8](repeating: 1, count: 65),
    ]) func signaturesOutsideTheirRangeAreRefused(signature: [UInt8]) {
        #expect(ES256Signature.toDER(signature) == nil)
        #expect(!key.isValid(signature, for: message))
    }

    @Test func derFormIsRefused() throws {
        let der = try #require(ES256Signature.toDER(raw))
        #expect(!key.isValid(der, for: message))
        #expect(ES256Signature.fromDER(der) == raw)
    }

    @Test func truncatedAndExtendedSignaturesAreRefused() {
        #expect(!key.isValid(Array(raw.dropLast()), for: message))
        #expect(!key.isValid(raw + [0], for: message))
        #expect(!key.isValid([0] + raw, for: message))
    }

    /// Decided: the other signature of the pair, s' = n - s, is accepted (RFC 7518 §3.4 has no rule against it).
    @Test func highSIsAccepted() {
        var other = raw
        var borrow = 0
        for index in (0..<32).reversed() {
            let difference = Int(ES256Tests.order[index]) - Int(raw[32 + index]) - borrow
            other[32 + index] = UInt8((difference + 256) & 255)
            borrow = difference < 0 ? 1 : 0
        }
        #expect(other != raw)
        #expect(key.isValid(other, for: message))
    }

    @Test(arguments: [
        "3006020101020101", "30060201010201", "300602010102010100", "3007020101020101", "30070202000102010100", "300702020001020101",
        "3006020100020101", "3006028101020101", "308106020101020101", "3006020181020101", "", "30", "3000", "3006030101020101",
    ]) func onlyMinimalDERIsRead(hex: String) throws {
        let result = ES256Signature.fromDER(try bytes(hex))
        #expect((result != nil) == (hex == "3006020101020101"))
    }

    @Test func leadingZerosSurviveTheConversion() throws {
        let small = [UInt8](repeating: 0, count: 31) + [0x80] + [UInt8](repeating: 0, count: 30) + [0x7f, 0xff]
        let der = try #require(ES256Signature.toDER(small))
        #expect(Hex.encode(der) == "300802020080" + "02027fff")
        #expect(ES256Signature.fromDER(der) == small)
    }

    @Test func generatedKeysSignAndSurviveTheirFiles() throws {
        let fresh = try ES256PrivateKey.generate()
        for _ in 0..<20 {
            let signature = try fresh.sign([1, 2, 3])
            #expect(signature.count == 64)
            #expect(fresh.publicKey.isValid(signature, for: [1, 2, 3]))
            #expect(!key.isValid(signature, for: [1, 2, 3]))
        }
        let again = try ES256PrivateKey(pem: try fresh.pem())
        #expect(again.publicKey == fresh.publicKey)
        #expect(fresh.publicKey.isValid(try again.sign([4]), for: [4]))
        #expect(try ES256PublicKey(pem: fresh.publicKey.pem) == fresh.publicKey)
        #expect(try ES256PublicKey(x: fresh.publicKey.x, y: fresh.publicKey.y) == fresh.publicKey)
        var mixed = try fresh.pkcs8DER()
        #expect(throws: CryptographyFault.self) { try ES256PrivateKey(pkcs8DER: mixed + [0]) }
        mixed[40] ^= 1
        #expect(throws: CryptographyFault.self) { try ES256PrivateKey(pkcs8DER: mixed) }
    }

    @Test func keysOfOtherKindsAreRefused() throws {
        #expect(throws: CryptographyFault.self) { try ES256PublicKey(spkiDER: Array(key.spkiDER.dropLast())) }
        #expect(throws: CryptographyFault.self) { try ES256PublicKey(spkiDER: key.spkiDER + [0]) }
        var offCurve = key.y
        offCurve[31] ^= 1
        #expect(throws: CryptographyFault.self) { try ES256PublicKey(x: key.x, y: offCurve) }
        #expect(throws: CryptographyFault.self) { try ES256PublicKey(x: ES256Tests.zero, y: ES256Tests.zero) }
        #expect(throws: CryptographyFault.self) { try ES256PublicKey(x: Array(key.x.dropFirst()), y: key.y) }
        #expect(throws: CryptographyFault.self) { try ES256PrivateKey(pem: "-----BEGIN EC PRIVATE KEY-----\nMA==\n-----END EC PRIVATE KEY-----\n") }
    }
}
