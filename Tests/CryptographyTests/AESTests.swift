@testable import Cryptography
import Testing

@Suite struct AESTests {
    /// The AES-256 key stream under the zero key. Block 0 is NIST's zero-key known answer; blocks 1 and 2 are the tag mask and
    /// the ciphertext of zeros in test cases 13 and 14 of the GCM submission, which count from the same zero nonce.
    static let zeroKeyStream =
        "dc95c078a2408989ad48a21492842087" + "530f8afbc74536b9a963b4f1c4cb738b" + "cea7403d4d606b6e074ec5d3baf39d18"

    @Test func counterStreamStartsAtTheZeroBlock() throws {
        var stream = try AESCounterStream(key: SecretBytes([UInt8](repeating: 0, count: 32)))
        let output = stream.next(48)
        #expect(Hex.encode(output) == AESTests.zeroKeyStream)
    }

    @Test(arguments: [[16, 16, 16], [1, 2, 3, 42], [48], [0, 17, 31]]) func counterStreamGoesOnWhereItStopped(pieces: [Int]) throws {
        var stream = try AESCounterStream(key: SecretBytes([UInt8](repeating: 0, count: 32)))
        var output: [UInt8] = []
        for piece in pieces { output += stream.next(piece) }
        #expect(Hex.encode(output) == AESTests.zeroKeyStream)
        var buffer = [UInt8](repeating: 9, count: 5)
        stream.fill(&buffer)
        #expect(buffer != [9, 9, 9, 9, 9])
    }

    @Test(arguments: [0, 16, 31, 33, 64]) func counterStreamWantsThirtyTwoBytes(count: Int) {
        #expect(throws: CryptographyFault.self) {
            _ = try AESCounterStream(key: SecretBytes([UInt8](repeating: 0, count: count)))
        }
    }

    struct SIVVector: Sendable {
        let key: String, associated: [String], text: String, sealed: String
    }

    /// RFC 5297 A.1 and A.2.
    static let rfc5297 = [
        SIVVector(
            key: "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
            associated: ["101112131415161718191a1b1c1d1e1f2021222324252627"], text: "112233445566778899aabbccddee",
            sealed: "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c"),
        SIVVector(
            key: "7f7e7d7c7b7a79787776757473727170404142434445464748494a4b4c4d4e4f",
            associated: [
                "00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100", "102030405060708090a0",
                "09f911029d74e35bd84156c5635688c0",
            ], text: "7468697320697320736f6d6520706c61696e7465787420746f20656e6372797074207573696e67205349562d414553",
            sealed: "7bdb6e3b432667eb06f4d14bff2fbd0fcb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f748ba8af829ea64ad544a272e9c485b62a3fd5c0d"),
    ]

    @Test(arguments: 0..<2) func sealingOfRFC5297(index: Int) throws {
        let vector = AESTests.rfc5297[index]
        let siv = try AESSIV(vectorKey: SecretBytes(try bytes(vector.key)))
        let associated = try vector.associated.map { try bytes($0) }
        #expect(Hex.encode(try siv.seal(try bytes(vector.text), associated: associated)) == vector.sealed)
        #expect(Hex.encode(try siv.open(try bytes(vector.sealed), associated: associated)) == vector.text)
    }

    @Test func anyChangedBitIsNotAuthentic() throws {
        let siv = try AESSIV(key: SecretBytes((0..<64).map { UInt8($0) }))
        let sealed = try siv.seal(Array("thirty-two bytes of key material".utf8), associated: [[1], [2, 3]])
        #expect(try siv.seal(Array("thirty-two bytes of key material".utf8), associated: [[1], [2, 3]]) == sealed)
        for bit in 0..<sealed.count * 8 {
            var changed = sealed
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: CryptographyFault.notAuthentic) { try siv.open(changed, associated: [[1], [2, 3]]) }
        }
        for associated in [[[1]], [[1], [2, 4]], [[2, 3], [1]], [[1, 2, 3]], []] as [[[UInt8]]] {
            #expect(throws: CryptographyFault.notAuthentic) { try siv.open(sealed, associated: associated) }
        }
        let other = try AESSIV(key: SecretBytes((0..<64).map { UInt8($0 ^ 1) }))
        #expect(throws: CryptographyFault.notAuthentic) { try other.open(sealed, associated: [[1], [2, 3]]) }
    }

    @Test func oneKeySealsInManyThreads() async throws {
        let siv = try AESSIV(key: SecretBytes((0..<64).map { UInt8($0) }))
        let wanted = try (0..<8).map { try siv.seal([UInt8(1 + $0)], associated: [[9]]) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    for _ in 0..<500 {
                        let sealed = try siv.seal([UInt8(1 + number)], associated: [[9]])
                        let opened = try siv.open(wanted[number], associated: [[9]])
                        #expect(sealed == wanted[number] && opened == [UInt8(1 + number)])
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func lengthsOutsideTheContractAreRefused() throws {
        #expect(throws: CryptographyFault.self) { try AESSIV(key: SecretBytes([UInt8](repeating: 1, count: 32))) }
        let siv = try AESSIV(key: SecretBytes([UInt8](repeating: 1, count: 64)))
        #expect(throws: CryptographyFault.self) { try siv.seal([]) }
        #expect(throws: CryptographyFault.self) { try siv.seal([1], associated: [[]]) }
        #expect(throws: CryptographyFault.self) { try siv.seal([1], associated: [[UInt8]](repeating: [1], count: 127)) }
        #expect(throws: CryptographyFault.self) { try siv.open([UInt8](repeating: 0, count: 16)) }
        #expect(try siv.open(siv.seal([7])) == [7])
    }
}
