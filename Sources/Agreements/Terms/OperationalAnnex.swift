import Cryptography
import Vocabulary

/// The part of an agreement that may change without new approvals: contacts, addresses, hours, notes on certificates. It names people, so the ledger
/// holds only its salted digest.
package struct OperationalAnnex: Sendable {
    /// The document in canonical form.
    package let document: DocumentNode
    /// Canonical protobuf (`Protocols/terms.proto`, message `OperationalAnnex`).
    package let bytes: [UInt8]

    package let contacts: [Contact]
    package let endpoints: [Endpoint]
    package let operatingHours: String?
    /// CIDR ranges from which the recipient calls.
    package let networks: [String]
    package let certificates: [CertificateNote]
    package let notes: String?

    package init(document: DocumentNode) throws(TermsFault) {
        try self.init(canonical: try TermsCheck.canonical(document, OperationalAnnex.shape))
    }

    /// Reads canonical bytes, of at most `TermsLimits.maxAnnexBytes`.
    package init(bytes: [UInt8]) throws(TermsFault) {
        try self.init(canonical: try TermsEncoding.document(bytes, OperationalAnnex.shape, limit: TermsLimits.maxAnnexBytes))
    }

    private init(canonical: DocumentNode) throws(TermsFault) {
        let bytes = TermsEncoding.bytes(canonical, OperationalAnnex.shape)
        guard bytes.count <= TermsLimits.maxAnnexBytes else { throw .tooLarge(bytes: bytes.count, limit: TermsLimits.maxAnnexBytes) }
        let reader = TermsReader(canonical)
        document = canonical
        self.bytes = bytes
        contacts = try reader.parts("contacts", Contact.init)
        endpoints = try reader.parts("endpoints", Endpoint.init)
        operatingHours = reader.optionalText("operating_hours")
        networks = reader.texts("networks")
        certificates = try reader.parts("certificates", CertificateNote.init)
        notes = reader.optionalText("notes")
    }

    /// SHA-256("concordat/annex/1" 0x00 ‖ salt ‖ `bytes`). Without the salt nobody can test guesses of a name against it.
    package func digest(salt: AnnexSalt) -> Digest {
        Digest.sha256(OperationalAnnex.digestDomain, salt.bytes, bytes)
    }

    /// "concordat/annex/1" 0x00
    private static let digestDomain = Array("concordat/annex/1".utf8) + [0]

    static let shape = TermsShape([
        TermsField(1, "contacts", .message { Contact.shape }, .list(0...64)),
        TermsField(2, "endpoints", .message { Endpoint.shape }, .list(0...32)),
        TermsField(3, "operating_hours", .text(max: TermsLimits.labelBytes), .optional),
        TermsField(4, "networks", .label(max: 64), .list(0...64)),
        TermsField(5, "certificates", .message { CertificateNote.shape }, .list(0...64)),
        TermsField(6, "notes", .text(max: TermsLimits.textBytes), .optional),
    ])
}

extension OperationalAnnex: Hashable {
    package static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }
    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

/// 32 bytes drawn for one annex and kept with it, off the ledger.
package struct AnnexSalt: Hashable, Sendable {
    package let bytes: [UInt8]

    /// Nil unless there are exactly 32 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }
}

/// Whom to call.
package struct Contact: Hashable, Sendable {
    package let organisation: OrganisationID
    package let role: String
    package let name: String
    package let email: String?
    package let telephone: String?

    static let shape = TermsShape([
        TermsField(1, "organisation", .name(.organisation)),
        TermsField(2, "role", .label(max: 64)),
        TermsField(3, "name", .label(max: TermsLimits.titleBytes)),
        TermsField(4, "email", .label(max: TermsLimits.labelBytes), .optional),
        TermsField(5, "telephone", .label(max: 32), .optional),
    ])

    init(_ reader: TermsReader) throws(TermsFault) {
        organisation = try reader.required("organisation") { OrganisationID($0) }
        role = try reader.text("role")
        name = try reader.text("name")
        email = reader.optionalText("email")
        telephone = reader.optionalText("telephone")
    }
}

/// Where a party's system is reached.
package struct Endpoint: Hashable, Sendable {
    package let organisation: OrganisationID
    package let use: String
    package let address: String

    static let shape = TermsShape([
        TermsField(1, "organisation", .name(.organisation)),
        TermsField(2, "use", .label(max: 64)),
        TermsField(3, "address", .label(max: TermsLimits.labelBytes)),
    ])

    init(_ reader: TermsReader) throws(TermsFault) {
        organisation = try reader.required("organisation") { OrganisationID($0) }
        use = try reader.text("use")
        address = try reader.text("address")
    }
}

/// A remark on a service's client certificate. Which certificate counts is the registry's matter alone.
package struct CertificateNote: Hashable, Sendable {
    package let service: ClientID
    package let sha256: Digest
    package let note: String?

    static let shape = TermsShape([
        TermsField(1, "service", .name(.service)),
        TermsField(2, "sha256", .digest),
        TermsField(3, "note", .label(max: TermsLimits.labelBytes), .optional),
    ])

    init(_ reader: TermsReader) throws(TermsFault) {
        service = try reader.required("service") { ClientID($0) }
        sha256 = try reader.digest("sha256")
        note = reader.optionalText("note")
    }
}
