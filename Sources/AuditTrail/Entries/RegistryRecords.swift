import Cryptography
import ProtobufWire
import Vocabulary

/// An organisation under its number, for ever.
package struct OrganisationRecord: Sendable, Equatable, EntryMessage {
    package var number: OrganisationNumber
    package var slug: OrganisationID
    /// Whether it runs this broker. One organisation does.
    package var isOperator: Bool

    package init(number: OrganisationNumber, slug: OrganisationID, isOperator: Bool = false) {
        self.number = number
        self.slug = slug
        self.isOperator = isOperator
    }

    func write(to writer: inout WireWriter) {
        writer.varint(1, UInt64(number.value))
        writer.string(2, slug.text)
        writer.bool(3, isOperator)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var number: OrganisationNumber?, slug: OrganisationID?, isOperator = false
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: number = try field.organisation()
            case 2: slug = try field.parsed(OrganisationID.init)
            case 3: isOperator = try field.bool()
            default: throw .unknownField(field.number)
            }
        }
        self.init(number: try required(number, 1), slug: try required(slug, 2), isOperator: isOperator)
    }
}

/// A service, an officer, an auditor or an administrator of an organisation.
package struct PrincipalRecord: Sendable, Equatable, EntryMessage {
    package enum Kind: UInt32, CaseIterable, Sendable {
        case service = 1
        case officer = 2
        case auditor = 3
        case administrator = 4
    }

    package var number: PrincipalNumber
    package var organisation: OrganisationNumber
    package var kind: Kind
    /// Services only: the public name of the client. People have none here.
    package var client: ClientID?

    package init(number: PrincipalNumber, organisation: OrganisationNumber, kind: Kind, client: ClientID? = nil) {
        self.number = number
        self.organisation = organisation
        self.kind = kind
        self.client = client
    }

    func write(to writer: inout WireWriter) {
        writer.varint(1, UInt64(number.value))
        writer.varint(2, UInt64(organisation.value))
        writer.varint(3, UInt64(kind.rawValue))
        writer.string(4, client?.text ?? "")
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var number: PrincipalNumber?, organisation: OrganisationNumber?, kind: Kind?, client: ClientID?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: number = try field.principal()
            case 2: organisation = try field.organisation()
            case 3: kind = try field.member()
            case 4: client = try field.parsed(ClientID.init)
            default: throw .unknownField(field.number)
            }
        }
        self.init(number: try required(number, 1), organisation: try required(organisation, 2), kind: try required(kind, 3), client: client)
    }
}

/// A role of a principal within its organisation.
package struct RoleRecord: Sendable, Equatable, EntryMessage {
    package var principal: PrincipalNumber
    /// As `Agreements` prints roles.
    package var role: String

    package init(principal: PrincipalNumber, role: String) {
        self.principal = principal
        self.role = role
    }

    func write(to writer: inout WireWriter) {
        writer.varint(1, UInt64(principal.value))
        writer.string(2, role)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var principal: PrincipalNumber?, role: String?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: principal = try field.principal()
            case 2: role = try field.name()
            default: throw .unknownField(field.number)
            }
        }
        self.init(principal: try required(principal, 1), role: try required(role, 2))
    }
}

/// A signatory's authority to sign for its organisation: dated and limited.
package struct DelegationRecord: Sendable, Equatable, EntryMessage {
    /// Its line in the delegation register, from 1, never used again.
    package var number: UInt32
    package var principal: PrincipalNumber
    package var from: Timestamp
    /// Exclusive.
    package var until: Timestamp
    /// The number of a `PrivacyLabel` of `Agreements`.
    package var maxSensitivity: UInt32
    package var maxRowsPerDay: UInt64
    package var maxValuePence: UInt64
    /// Whether agreements that name a third party may be signed.
    package var thirdParties: Bool

    package init(
        number: UInt32, principal: PrincipalNumber, from: Timestamp, until: Timestamp, maxSensitivity: UInt32, maxRowsPerDay: UInt64,
        maxValuePence: UInt64, thirdParties: Bool
    ) {
        self.number = number
        self.principal = principal
        self.from = from
        self.until = until
        self.maxSensitivity = maxSensitivity
        self.maxRowsPerDay = maxRowsPerDay
        self.maxValuePence = maxValuePence
        self.thirdParties = thirdParties
    }

    func write(to writer: inout WireWriter) {
        writer.varint(1, UInt64(principal.value))
        writer.time(2, from)
        writer.time(3, until)
        writer.varint(4, UInt64(maxSensitivity))
        writer.varint(5, maxRowsPerDay)
        writer.varint(6, maxValuePence)
        writer.bool(7, thirdParties)
        writer.varint(8, UInt64(number))
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var number: UInt32?, principal: PrincipalNumber?, from: Timestamp?, until: Timestamp?
        var sensitivity: UInt32 = 0, rows: UInt64 = 0, value: UInt64 = 0, thirdParties = false
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: principal = try field.principal()
            case 2: from = try field.time()
            case 3: until = try field.time()
            case 4: sensitivity = try field.uint32()
            case 5: rows = try field.varint()
            case 6: value = try field.varint()
            case 7: thirdParties = try field.bool()
            case 8: number = try field.uint32()
            default: throw .unknownField(field.number)
            }
        }
        self.init(
            number: try required(number, 8), principal: try required(principal, 1), from: try required(from, 2), until: try required(until, 3),
            maxSensitivity: sensitivity, maxRowsPerDay: rows, maxValuePence: value, thirdParties: thirdParties)
    }
}

/// A certificate of a principal. Holds the public key, so that signatures can be checked offline years later.
package struct CertificateRecord: Sendable, Equatable, EntryMessage {
    package var thumbprint: Thumbprint
    package var principal: PrincipalNumber
    /// SubjectPublicKeyInfo, DER.
    package var publicKey: [UInt8]
    package var notBefore: Timestamp
    package var notAfter: Timestamp

    package init(thumbprint: Thumbprint, principal: PrincipalNumber, publicKey: [UInt8], notBefore: Timestamp, notAfter: Timestamp) {
        self.thumbprint = thumbprint
        self.principal = principal
        self.publicKey = publicKey
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    func write(to writer: inout WireWriter) {
        writer.thumbprint(1, thumbprint)
        writer.varint(2, UInt64(principal.value))
        writer.bytes(3, publicKey)
        writer.time(4, notBefore)
        writer.time(5, notAfter)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var thumbprint: Thumbprint?, principal: PrincipalNumber?, key: [UInt8]?, notBefore: Timestamp?, notAfter: Timestamp?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: thumbprint = try field.thumbprint()
            case 2: principal = try field.principal()
            case 3: key = try field.bytes(upTo: EntryLimits.maxDocumentBytes)
            case 4: notBefore = try field.time()
            case 5: notAfter = try field.time()
            default: throw .unknownField(field.number)
            }
        }
        self.init(
            thumbprint: try required(thumbprint, 1), principal: try required(principal, 2), publicKey: try required(key, 3),
            notBefore: try required(notBefore, 4), notAfter: try required(notAfter, 5))
    }
}

/// A dataset of the catalogue with its schema.
package struct DatasetRecord: Sendable, Equatable, EntryMessage {
    package var id: DatasetID
    package var owner: OrganisationNumber
    /// Canonical schema; empty where only rows changed since the entry before.
    package var schema: [UInt8]
    package var schemaDigest: Digest
    /// Of the rows; 0 before the first import.
    package var revision: UInt64
    package var rows: UInt64

    package init(id: DatasetID, owner: OrganisationNumber, schema: [UInt8], schemaDigest: Digest, revision: UInt64, rows: UInt64) {
        self.id = id
        self.owner = owner
        self.schema = schema
        self.schemaDigest = schemaDigest
        self.revision = revision
        self.rows = rows
    }

    func write(to writer: inout WireWriter) {
        writer.string(1, id.text)
        writer.varint(2, UInt64(owner.value))
        writer.bytes(3, schema)
        writer.digest(4, schemaDigest)
        writer.varint(5, revision)
        writer.varint(6, rows)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var id: DatasetID?, owner: OrganisationNumber?, schema: [UInt8] = [], digest: Digest?, revision: UInt64 = 0, rows: UInt64 = 0
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: id = try field.parsed(DatasetID.init)
            case 2: owner = try field.organisation()
            case 3: schema = try field.bytes(upTo: EntryLimits.maxDocumentBytes)
            case 4: digest = try field.digest()
            case 5: revision = try field.varint()
            case 6: rows = try field.varint()
            default: throw .unknownField(field.number)
            }
        }
        self.init(
            id: try required(id, 1), owner: try required(owner, 2), schema: schema, schemaDigest: try required(digest, 4),
            revision: revision, rows: rows)
    }
}
