import Cryptography
import SQLiteStorage
import Storage
import Testing
import Vocabulary

@testable import Ledger

@Suite struct EvidenceKeysTests {
    private let keys: EvidenceKeys
    private let exchange = ExchangeID([UInt8](repeating: 4, count: 16))!

    init() throws {
        keys = try EvidenceKeys(openings: SecretBytes((0..<64).map { UInt8($0) }))
    }

    @Test func aSaltKeyOpensForItsOwnExchangeAndPartOnly() throws {
        let saltKey = [UInt8](repeating: 9, count: 32)
        let wrapped = try keys.wrap(EvidenceKeys.Opening(saltKey: saltKey), exchange: exchange, part: 1)
        #expect(try keys.unwrap(wrapped, exchange: exchange, part: 1) == EvidenceKeys.Opening(saltKey: saltKey))
        #expect(throws: CryptographyFault.notAuthentic) { try keys.unwrap(wrapped, exchange: exchange, part: 2) }
        let other = try #require(ExchangeID([UInt8](repeating: 5, count: 16)))
        #expect(throws: CryptographyFault.notAuthentic) { try keys.unwrap(wrapped, exchange: other, part: 1) }
    }

    /// ledger.md, "Citizen access": tag n = HMAC-SHA-256(subject_key, "concordat/subject/1" 0x00 u64be(n)).
    @Test func aTagIsTheHMACOfItsNumber() {
        let key = [UInt8](repeating: 1, count: 32)
        let message = Array("concordat/subject/1".utf8) + [0, 0, 0, 0, 0, 0, 0, 0, 3]
        #expect(EvidenceKeys.tag(subjectKey: key, number: 3) == HMACKey.sha256(key).authenticate(message))
    }

    @Test func aPersonWithTheKeyFindsEveryTag() throws {
        let log = try TestLog()
        let store = try log.create()
        let finder = keys.finder(of: Array("QQ123456A".utf8))
        let fresh = [UInt8](repeating: 6, count: 32)
        let tags = try store.transaction { transaction throws(StorageFault) in
            let first = try keys.nextTag(finder: finder, freshKey: fresh, in: transaction)
            // The first key stays: a later fresh one is not used.
            let second = try keys.nextTag(finder: finder, freshKey: [UInt8](repeating: 7, count: 32), in: transaction)
            return [first, second]
        }
        #expect(tags == [EvidenceKeys.tag(subjectKey: fresh, number: 1), EvidenceKeys.tag(subjectKey: fresh, number: 2)])
    }
}
