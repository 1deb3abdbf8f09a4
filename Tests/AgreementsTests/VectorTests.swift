@testable import Agreements
import Cryptography
import Foundation
import Testing
import Vocabulary

/// `Tests/Vectors/agreements/terms-1.txt` was written by `Tests/Conformance/agreements/encode_terms.py`, which shares no code with the encoder.
@Suite struct VectorTests {
    private let vector: [String: String]
    private static let repository = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    init() throws {
        let text = try String(contentsOf: VectorTests.repository.appending(path: "Tests/Vectors/agreements/terms-1.txt"), encoding: .utf8)
        vector = Dictionary(
            uniqueKeysWithValues: text.split(separator: "\n").map { line in
                let parts = line.split(separator: " ")
                return (String(parts[0]), String(parts[1]))
            })
    }

    @Test func termsEncodeAndDigestAsTheVector() throws {
        let terms = try TermsFixture.terms()
        #expect(Hex.encode(terms.bytes) == vector["terms"])
        #expect(terms.digest.hex == vector["terms-digest"])
    }

    @Test func vectorReadsBackToTheFixture() throws {
        let bytes = try #require(Hex.decode(vector["terms"] ?? ""))
        #expect(try MaterialTerms(bytes: bytes) == TermsFixture.terms())
    }

    @Test func annexDigestIsSalted() throws {
        let annex = try OperationalAnnex(document: [
            "contacts": [["organisation": "dwp", "role": "security-24x7", "name": "Security operations"]],
            "networks": ["192.0.2.0/24", "10.20.0.0/16"],
            "operating_hours": "At any time",
        ])
        let salt = try #require(AnnexSalt(Array(0..<32)))
        #expect(Hex.encode(annex.bytes) == vector["annex"])
        #expect(annex.digest(salt: salt).hex == vector["annex-digest"])
        #expect(annex.digest(salt: try #require(AnnexSalt(Array(1..<33)))).hex != vector["annex-digest"])
    }

    @Test func saltHas32Bytes() {
        #expect(AnnexSalt([UInt8](repeating: 1, count: 31)) == nil)
        #expect(AnnexSalt([UInt8](repeating: 1, count: 33)) == nil)
    }

    @Test func statementEncodesAsTheVector() throws {
        let statement = Statement(
            origin: Road.origin, terms: try TermsFixture.terms(), role: .assetOwner, decision: .approve, reasonDigest: Road.note,
            time: Road.start)
        #expect(Hex.encode(statement.bytes) == vector["statement"])
        #expect(Hex.encode(statement.signingInput) == vector["signing-input"])
    }

    /// Every field of the tables that drive the encoder, under its number and name, in the file that documents them.
    @Test(arguments: [
        ("MaterialTerms", MaterialTerms.shape), ("Party", Party.shape), ("Purpose", Purpose.shape), ("Law", Law.shape),
        ("ImpactAssessment", ImpactAssessment.shape), ("DatasetTerms", DatasetTerms.shape), ("FieldRule", FieldRule.shape),
        ("RowPredicate", RowPredicate.shape), ("ExchangeTerms", ExchangeTerms.shape), ("ExchangeLimits", ExchangeLimits.shape),
        ("SecurityTerms", SecurityTerms.shape), ("EvidenceTerms", EvidenceTerms.shape), ("Duties", Duties.shape),
        ("TermPeriod", TermPeriod.shape), ("Attachment", Attachment.shape), ("OperationalAnnex", OperationalAnnex.shape),
        ("Contact", Contact.shape), ("Endpoint", Endpoint.shape), ("CertificateNote", CertificateNote.shape),
    ])
    func documentedFieldNumbersAreTheEncoders(message: String, shape: TermsShape) throws {
        let text = try String(contentsOf: VectorTests.repository.appending(path: "Protocols/terms.proto"), encoding: .utf8)
        let body = try #require(text.components(separatedBy: "\nmessage \(message) {").dropFirst().first).components(separatedBy: "\n}")[0]
        var documented: [String: Int] = [:]
        for line in body.split(separator: "\n") where line.hasPrefix("  ") && !line.hasPrefix("   ") {
            let words = line.split(separator: ";")[0].split(separator: " ")
            guard words.count >= 4, let number = Int(words[words.count - 1]) else { continue }
            documented[String(words[words.count - 3])] = number
        }
        #expect(documented == Dictionary(uniqueKeysWithValues: shape.fields.map { ($0.key, $0.number) }))
    }
}
