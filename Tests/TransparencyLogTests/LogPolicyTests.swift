import Cryptography
import Testing
@testable import TransparencyLog

@Suite struct LogPolicyTests {
    static func witness(_ number: Int) throws -> NoteSigner { try Keys.witness("policy witness \(number)", "witness.example/\(number)") }

    /// The shape of the specification's example: two of three, and any of three others.
    static func text() throws -> String {
        let keys = try (1...6).map { try witness($0).verifierKey.vkey }
        return """
            # a comment
            log \(try Keys.signer().verifierKey.vkey) https://ledger.example/

            witness X1 \(keys[0])
            witness X2\t\(keys[1])   https://x2.example/
              witness X3 \(keys[2])
            group X-witnesses 2 X1 X2 X3
            witness Y1 \(keys[3])
            witness Y2 \(keys[4])
            witness Y3 \(keys[5])
            group Y-witnesses any Y1 Y2 Y3
            group X-and-Y all X-witnesses Y-witnesses
            quorum X-and-Y

            """
    }

    private func accepts(_ cosigners: [Int]) throws -> Bool {
        let policy = try LogPolicy(utf8(LogPolicyTests.text()))
        var note = try MemoryLog(size: 3).checkpoint.signed(by: Keys.signer())
        for number in cosigners { note = note.adding(try LogPolicyTests.witness(number).cosign(note.text, time: 7)) }
        do throws(TransparencyFault) {
            _ = try policy.verify(note.bytes)
            return true
        } catch {
            #expect(error == .quorumMissing(wanted: 3, found: cosigners.filter { $0 <= 6 }.count))
            return false
        }
    }

    @Test func quorumOfGroups() throws {
        for good in [[1, 2, 4], [1, 3, 6], [2, 3, 5], [1, 2, 3, 4, 5, 6], [6, 2, 1, 9]] { #expect(try accepts(good)) }
        for bad in [[], [1], [1, 2], [4, 5, 6], [1, 4, 5, 6], [1, 2, 3], [1, 2, 9]] { #expect(try !accepts(bad)) }
    }

    @Test func noneAsksForNoWitness() throws {
        let policy = try LogPolicy(utf8("log \(try Keys.signer().verifierKey.vkey)\nquorum none\n"))
        #expect(policy.quorum == .none)
        #expect(try policy.verify(MemoryLog(size: 3).note()).checkpoint.size == 3)
        let stranger = try NoteSigner(name: #require(KeyName("other.example")), privateKey: Ed25519PrivateKey(seed: [UInt8](repeating: 3, count: 32)))
        let note = try Checkpoint(origin: stranger.verifierKey.name, size: 0, root: TreeHash.empty).signed(by: stranger)
        #expect(throws: TransparencyFault.wrongOrigin(expected: "ledger.example/broker-1")) { try policy.verify(note.bytes) }
    }

    @Test(arguments: [
        ("quorum X-and-Y\n", ""), ("quorum X-and-Y\n", "quorum X-and-Y"), ("quorum X-and-Y\n", "quorum X-and-Y\nquorum none\n"), ("quorum X-and-Y", "quorum Z"),
        ("quorum X-and-Y", "quorum"), ("quorum X-and-Y", "Quorum X-and-Y"), ("group X-witnesses 2", "group X-witnesses 0"), ("group X-witnesses 2", "group X-witnesses 4"),
        ("group X-witnesses 2", "group X-witnesses 02"), ("group X-witnesses 2", "group X-witnesses some"), ("X1 X2 X3\n", "X1 X2 X2\n"), ("X1 X2 X3\n", "X1 X2 X4\n"),
        ("X1 X2 X3\n", "\n"), ("any Y1 Y2 Y3", "any Y1 Y2 X3"), ("witness Y1", "witness X1"), ("witness Y1", "witness none"), ("witness Y1", "log"),
        ("witness X1 ", "witness X1 x"), ("# a comment", "a comment"), ("# a comment", "# a \u{1} comment"), ("any Y1", "any none"), ("witness X2\t", "witness X2\r"),
    ] as [(String, String)]) func anyOtherPolicyIsRefused(old: String, new: String) throws {
        let text = try LogPolicyTests.text()
        let changed = text.replacing(old, with: new)
        try #require(changed != text)
        #expect(throws: TransparencyFault.self) { try LogPolicy(utf8(changed)) }
    }

    @Test func oneKeyUnderTwoNamesIsRefused() throws {
        let key = try LogPolicyTests.witness(1).verifierKey
        let renamed = VerifierKey(name: try #require(KeyName("another.example")), algorithm: .cosignature, publicKey: key.publicKey)
        #expect(throws: TransparencyFault.self) { try LogPolicy(utf8("witness A \(key.vkey)\nwitness B \(renamed.vkey)\nquorum none\n")) }
    }

    @Test func policiesAreBounded() {
        #expect(throws: TransparencyFault.self) { try LogPolicy(utf8(String(repeating: "#\n", count: 513))) }
        #expect(throws: TransparencyFault.self) { try LogPolicy(utf8(String(repeating: "#", count: 65_536) + "\n")) }
    }
}
