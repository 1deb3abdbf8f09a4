import Cryptography
import Testing

@testable import Redaction

@Suite struct PseudonymTests {
    /// The golden of the frozen formula: root 00..1f, recipient hmrc, scope agr-0001, domain nino, epoch 1.
    @Test func theFormulaGivesItsGolden() throws {
        let key = Pseudonym.key(root: testKey, epoch: 1, recipient: "hmrc", scope: "agr-0001", domain: "nino")
        let pseudonym = try #require(
            {
                if case .pseudonym(let found) = try transform("pseudonym", ["scope": "agreement", "domain": "nino", "canon": "nino.v1"]).kind { found } else { nil }
            }() as Pseudonym?)
        var output: [UInt8] = []
        #expect(pseudonym.apply(Array("AB123456C".utf8).span, key: key, into: &output))
        #expect(String(decoding: output, as: UTF8.self) == "8UFuosRkEyTqBFLEMIHY1g")
    }
}
