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
        #expect(TaggedSubject(subjectKey: key, number: 3).tag == HMACKey.sha256(key).authenticate(message))
    }

    @Test func aPersonWithTheKeyFindsEveryTag() throws {
        let log = try TestLog()
        let store = try log.create()
        let finder = keys.finding.authenticate(Array("QQ123456A".utf8))
        let fresh = [UInt8](repeating: 6, count: 32)
        let subjects = try store.transaction { transaction throws(StorageFault) in
            let first = try keys.nextSubject(finder: finder, fresh: fresh, in: transaction)
            // The first key stays: a later fresh one is not used.
            let second = try keys.nextSubject(finder: finder, fresh: [UInt8](repeating: 7, count: 32), in: transaction)
            return [first, second]
        }
        let key = try store.transaction { transaction throws(StorageFault) in
            let kept = try transaction.subject(finder)
            do throws(CryptographyFault) { return try keys.unwrap(subjectKey: kept?.wrappedKey ?? [], finder: finder) } catch { throw .corrupt("key") }
        }
        #expect(subjects == [TaggedSubject(subjectKey: key, number: 1), TaggedSubject(subjectKey: key, number: 2)])
        #expect(subjects[0].mark == subjects[1].mark, "one person is counted once")
        #expect(subjects[0].tag != subjects[1].tag, "and cannot be followed from entry to entry")
    }

    @Test func peopleOfOneActHaveKeysOfTheirOwn() throws {
        let store = try TestLog().create()
        let fresh = [UInt8](repeating: 6, count: 32)
        let subjects = try store.transaction { transaction throws(StorageFault) in
            try ["QQ123456A", "QQ123456B"].map { number throws(StorageFault) in
                try keys.nextSubject(finder: keys.finding.authenticate(Array(number.utf8)), fresh: fresh, in: transaction)
            }
        }
        #expect(subjects[0].mark != subjects[1].mark && subjects[0].tag != subjects[1].tag)
    }

    @Test(arguments: [UInt64?.none, 7], [0, 1, 3]) func anOpeningComesBackAsItWasWrapped(next: UInt64?, people: Int) throws {
        let subjects = (0..<people).map { TaggedSubject(subjectKey: [UInt8](repeating: UInt8($0), count: 32), number: 1) }
        let opening = EvidenceKeys.Opening(saltKey: [UInt8](repeating: 9, count: 32), next: next, subjects: subjects)
        #expect(try keys.unwrap(keys.wrap(opening, exchange: exchange, part: 0), exchange: exchange, part: 0) == opening)
    }
}
