import Cryptography
import Vocabulary

/// The part of an agreement that is advised on, decided and signed. A value exists only for a document of the right form, and always has its canonical
/// bytes and digest with it, so the digest that people sign is the digest of exactly these terms.
package struct MaterialTerms: Sendable {
    /// The document in canonical form.
    package let document: DocumentNode
    /// Canonical protobuf (`Protocols/terms.proto`, message `MaterialTerms`).
    package let bytes: [UInt8]
    /// SHA-256("concordat/terms/1" 0x00 ‖ `bytes`).
    package let digest: Digest

    package let agreement: AgreementID
    package let version: AgreementVersion
    package let supersedes: AgreementVersion?
    package let umbrella: String?
    package let title: String
    package let type: AgreementType
    package let instrument: Instrument
    package let parties: [Party]
    package let purpose: Purpose
    package let law: Law
    package let impactAssessment: ImpactAssessment
    package let datasets: [DatasetTerms]
    package let exchange: ExchangeTerms
    package let limits: ExchangeLimits
    package let security: SecurityTerms
    package let evidence: EvidenceTerms
    package let duties: Duties
    package let period: TermPeriod
    package let conditions: [String]
    package let attachments: [Attachment]

    /// Reads a document as people write it. Throws every problem of its form; whether the terms make sense is `problems(on:)`.
    package init(document: DocumentNode) throws(TermsFault) {
        try self.init(canonical: try TermsCheck.canonical(document, MaterialTerms.shape))
    }

    /// Reads canonical bytes, of at most `TermsLimits.maxTermsBytes`; refuses anything that has another spelling.
    package init(bytes: [UInt8]) throws(TermsFault) {
        try self.init(canonical: try TermsEncoding.document(bytes, MaterialTerms.shape, limit: TermsLimits.maxTermsBytes))
    }

    private init(canonical: DocumentNode) throws(TermsFault) {
        let bytes = TermsEncoding.bytes(canonical, MaterialTerms.shape)
        guard bytes.count <= TermsLimits.maxTermsBytes else { throw .tooLarge(bytes: bytes.count, limit: TermsLimits.maxTermsBytes) }
        let reader = TermsReader(canonical)
        document = canonical
        self.bytes = bytes
        digest = Digest.sha256(MaterialTerms.digestDomain, bytes)
        agreement = try reader.required("agreement") { AgreementID($0) }
        version = try reader.version("version")
        supersedes = reader.optionalVersion("supersedes")
        umbrella = reader.optionalText("umbrella")
        title = try reader.text("title")
        type = try reader.code("type")
        instrument = try reader.code("instrument")
        parties = try reader.parts("parties", Party.init)
        purpose = try reader.part("purpose", Purpose.init)
        law = try reader.part("law", Law.init)
        impactAssessment = try reader.part("dpia", ImpactAssessment.init)
        datasets = try reader.parts("datasets", DatasetTerms.init)
        exchange = try reader.part("exchange", ExchangeTerms.init)
        limits = try reader.part("limits", ExchangeLimits.init)
        security = try reader.part("security", SecurityTerms.init)
        evidence = try reader.part("evidence", EvidenceTerms.init)
        duties = try reader.part("duties", Duties.init)
        period = try reader.part("period", TermPeriod.init)
        conditions = reader.texts("conditions")
        attachments = try reader.parts("attachments", Attachment.init)
    }

    /// "concordat/terms/1" 0x00
    static let digestDomain = Array("concordat/terms/1".utf8) + [0]

    static let shape = TermsShape([
        TermsField(1, "agreement", .name(.agreement)),
        TermsField(2, "version", .number(1...999_999_999)),
        TermsField(3, "supersedes", .number(1...999_999_999), .optional),
        TermsField(4, "umbrella", .label(max: TermsLimits.labelBytes), .optional),
        TermsField(5, "title", .label(max: TermsLimits.titleBytes)),
        TermsField(6, "type", AgreementType.kind),
        TermsField(7, "instrument", Instrument.kind),
        TermsField(8, "parties", .message { Party.shape }, .list(TermsLimits.parties)),
        TermsField(9, "purpose", .message { Purpose.shape }),
        TermsField(10, "law", .message { Law.shape }),
        TermsField(11, "dpia", .message { ImpactAssessment.shape }),
        TermsField(12, "datasets", .message { DatasetTerms.shape }, .list(TermsLimits.datasets)),
        TermsField(13, "exchange", .message { ExchangeTerms.shape }),
        TermsField(14, "limits", .message { ExchangeLimits.shape }),
        TermsField(15, "security", .message { SecurityTerms.shape }),
        TermsField(16, "evidence", .message { EvidenceTerms.shape }),
        TermsField(17, "duties", .message { Duties.shape }),
        TermsField(18, "period", .message { TermPeriod.shape }),
        TermsField(19, "conditions", .text(max: TermsLimits.textBytes), .list(0...64)),
        TermsField(20, "attachments", .message { Attachment.shape }, .list(0...32)),
    ])
}

// Who is who.
extension MaterialTerms {
    package func party(_ organisation: OrganisationID) -> Party? {
        parties.first { $0.organisation == organisation }
    }

    package var controllers: [Party] { parties.filter(\.isController) }

    package func dataset(_ id: DatasetID) -> DatasetTerms? {
        datasets.first { $0.dataset == id }
    }

    /// A party outside the two sides sees data: a processor, or access by a third party.
    package var involvesThirdParty: Bool {
        parties.contains { $0.role == .processor || $0.thirdPartyAccess != nil } || duties.onwardDisclosure != .prohibited
    }
}

extension MaterialTerms: Hashable {
    package static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }
    package func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

package enum AgreementType: String, TermsCode {
    case oneOff = "one-off"
    case recurring
    case accession
    case emergency

    package var number: UInt64 {
        switch self {
        case .oneOff: 1
        case .recurring: 2
        case .accession: 3
        case .emergency: 4
        }
    }
}

/// What kind of promise it is: Crown bodies cannot contract with each other, so they write a memorandum.
package enum Instrument: String, TermsCode {
    case memorandum
    case contract
    case dataSharingAgreement = "data-sharing-agreement"
    case accession

    package var number: UInt64 {
        switch self {
        case .memorandum: 1
        case .contract: 2
        case .dataSharingAgreement: 3
        case .accession: 4
        }
    }
}

/// A document that belongs to the terms and is kept elsewhere, by digest.
package struct Attachment: Hashable, Sendable {
    package let name: String
    package let digest: Digest

    static let shape = TermsShape(
        key: "name",
        [
            TermsField(1, "name", .label(max: TermsLimits.labelBytes)),
            TermsField(2, "sha256", .digest),
        ])

    init(_ reader: TermsReader) throws(TermsFault) {
        name = try reader.text("name")
        digest = try reader.digest("sha256")
    }
}
