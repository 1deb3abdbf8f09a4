import Cryptography
import Testing

@Suite struct Ed25519Tests {
    /// RFC 8032 §7.1, tests 1 to 3: seed, public key, message, signature.
    static let rfc8032: [(String, String, String, String)] = [
        ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
        ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
    ]

    @Test(arguments: rfc8032) func signaturesOfRFC8032(seed: String, publicKey: String, message: String, signature: String) throws {
        let key = try Ed25519PrivateKey(seed: try bytes(seed))
        #expect(Hex.encode(key.publicKey.bytes) == publicKey)
        #expect(Hex.encode(try key.sign(try bytes(message))) == signature)
        #expect(try Ed25519PublicKey(try bytes(publicKey)).isValid(try bytes(signature), for: try bytes(message)))
    }

    @Test func aChangedSignatureOrMessageIsRefused() throws {
        let vector = Ed25519Tests.rfc8032[2]
        let key = try Ed25519PublicKey(try bytes(vector.1))
        let signature = try bytes(vector.3)
        for bit in 0..<512 {
            var changed = signature
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(!key.isValid(changed, for: [0xaf, 0x82]))
        }
        #expect(!key.isValid(signature, for: [0xaf, 0x83]))
        #expect(!key.isValid(Array(signature.dropLast()), for: [0xaf, 0x82]))
        #expect(!key.isValid(signature + [0], for: [0xaf, 0x82]))
        #expect(!key.isValid([], for: [0xaf, 0x82]))
    }

    /// S + L verifies in a lax implementation; RFC 8032 §5.1.7 wants S below the order L.
    @Test func aScalarAboveTheGroupOrderIsRefused() throws {
        let vector = Ed25519Tests.rfc8032[1]
        var signature = try bytes(vector.3)
        let order = try bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
        var carry = 0
        for index in 0..<32 {
            let sum = Int(signature[32 + index]) + Int(order[index]) + carry
            signature[32 + index] = UInt8(sum & 255)
            carry = sum >> 8
        }
        #expect(!(try Ed25519PublicKey(try bytes(vector.1)).isValid(signature, for: [0x72])))
    }

    /// The points of small order, with either sign of x, and the encodings of y at or above 2^255 - 19.
    @Test(arguments: [
        "0000000000000000000000000000000000000000000000000000000000000000", "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000", "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ]) func weakAndNonCanonicalKeysAreRefused(key: String) throws {
        let raw = try bytes(key)
        #expect(throws: CryptographyFault.self) { try Ed25519PublicKey(raw) }
    }

    @Test func seedsAndKeysHaveThirtyTwoBytes() {
        #expect(throws: CryptographyFault.self) { try Ed25519PrivateKey(seed: [UInt8](repeating: 1, count: 31)) }
        #expect(throws: CryptographyFault.self) { try Ed25519PublicKey([UInt8](repeating: 1, count: 33)) }
    }
}
