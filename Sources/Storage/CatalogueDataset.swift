import Cryptography
import Vocabulary

/// A dataset as the catalogue holds it, at its newest finished revision.
package struct CatalogueDataset: Hashable, Sendable {
    package var id: DatasetID
    /// Registry number, from 1.
    package var number: UInt32
    package var owner: OrganisationNumber
    package var title: String
    package var summary: String
    /// Canonical bytes of the schema; `schemaDigest` is their digest as Redaction defines it.
    package var schema: [UInt8]
    package var schemaDigest: Digest
    /// The field by whose value one record is found.
    package var keyField: String
    /// Fields that a filter may name, in the schema's order.
    package var filterFields: [String]
    /// From 1; each finished import adds one.
    package var revision: UInt64
    package var rows: UInt64
    package var importedAt: Timestamp
    /// True when every person in it is invented.
    package var isSynthetic: Bool
    /// File name under `sources/`, without a folder.
    package var sourceFile: String
    /// The REGISTRY entry of this revision.
    package var entry: LedgerIndex

    package init(
        id: DatasetID, number: UInt32, owner: OrganisationNumber, title: String, summary: String, schema: [UInt8], schemaDigest: Digest,
        keyField: String, filterFields: [String], revision: UInt64, rows: UInt64, importedAt: Timestamp, isSynthetic: Bool,
        sourceFile: String, entry: LedgerIndex
    ) {
        self.id = id
        self.number = number
        self.owner = owner
        self.title = title
        self.summary = summary
        self.schema = schema
        self.schemaDigest = schemaDigest
        self.keyField = keyField
        self.filterFields = filterFields
        self.revision = revision
        self.rows = rows
        self.importedAt = importedAt
        self.isSynthetic = isSynthetic
        self.sourceFile = sourceFile
        self.entry = entry
    }
}
