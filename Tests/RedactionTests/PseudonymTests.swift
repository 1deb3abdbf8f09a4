import Cryptography
import ProtobufWire
import Testing
import Vocabulary

@testable import Redaction

/// T13 (matrix E5).
@Suite struct PseudonymTests {
    private let parameters = ["scope": "agreement", "domain": "nino", "canon": "nino.v1"]

    private func code(_ text: String, recipient: String, scope: String, domain: String, epoch: UInt32) throws -> String? {
        guard case .pseudonym(let pseudonym) = try transform("pseudonym", parameters).kind else { return nil }
        let key = HMACKey.sha256(Pseudonym.secret(root: testKey, epoch: epoch, recipient: recipient, scope: scope, domain: domain))
        var output: [UInt8] = []
        guard pseudonym.apply(Array(text.utf8).span, key: key, into: &output) else { return nil }
        return String(decoding: output, as: UTF8.self)
    }

    /// The golden of the frozen formula: root 00..1f, recipient hmrc, scope agr-0001, domain nino, epoch 1.
    @Test func theFormulaGivesItsGolden() throws {
        #expect(try code("AB123456C", recipient: "hmrc", scope: "agr-0001", domain: "nino", epoch: 1) == "8UFuosRkEyTqBFLEMIHY1g")
    }

    @Test func everySpellingGivesTheSameCode() throws {
        #expect(try code("ab 12 34 56 c", recipient: "hmrc", scope: "agr-0001", domain: "nino", epoch: 1) == "8UFuosRkEyTqBFLEMIHY1g")
    }

    @Test func recipientScopeDomainAndEpochEachGiveAnotherCode() throws {
        let codes = try [
            code("AB123456C", recipient: "hmrc", scope: "agr-0001", domain: "nino", epoch: 1),
            code("AB123456C", recipient: "leeds-cc", scope: "agr-0001", domain: "nino", epoch: 1),
            code("AB123456C", recipient: "hmrc", scope: "agr-0002", domain: "nino", epoch: 1),
            code("AB123456C", recipient: "hmrc", scope: "agr-0001", domain: "payroll", epoch: 1),
            code("AB123456C", recipient: "hmrc", scope: "agr-0001", domain: "nino", epoch: 2),
        ]
        #expect(Set(codes).count == 5)
        #expect(!codes.contains(nil))
    }

    @Test func aValueWithoutCanonicalFormHasNoCode() throws {
        let schema = try dataset([FieldSchema(number: 1, name: "value", type: .scalar(.string))], synthetic: false)
        let program = try program(schema, [rule("value", "pseudonym", parameters)])
        #expect(try redact(Wire().text(1, "AB123456").bytes, by: program) == [])
        #expect(try redact(Wire().text(1, "AB123456C").bytes, by: program)?.count == 24)
    }

    @Test func aProgramWithPseudonymsNeedsARoot() throws {
        let schema = try dataset([FieldSchema(number: 1, name: "value", type: .scalar(.string))], synthetic: false)
        let program = try program(schema, [rule("value", "pseudonym", parameters)])
        #expect(throws: RedactionFault.context("the program makes pseudonyms and no pseudonym root was given")) {
            try TransformKeys(for: program, root: nil)
        }
    }
}
