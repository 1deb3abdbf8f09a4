import Cryptography
import ProtobufWire
import Vocabulary

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
