import Cryptography
import ProtobufWire
import Redaction

/// How a dataset's records stand in their file: one column for each of the record's own fields, the key and the filter fields indexed.
package struct SourceLayout: Hashable, Sendable {
    package let root: MessageSchema
    /// The field by whose value one record is found; nil for a dataset of records that have no name, such as statistics.
    package let key: FieldSchema?
    /// The form that every key of an import must have; nil for any. A record under another spelling would be found by that spelling alone.
    let keyForm: Canonicaliser?
    /// Fields that a condition may name, beside the key.
    package let filters: [FieldSchema]
    /// In ascending order of field numbers.
    let columns: [SourceColumn]
    /// For reading records; its fields stand in the order of `columns`.
    let shape: RecordShape

    /// Throws `SourceFault.layout` where a name is no single string, whole number, bool or enum of the record, or stands twice.
    package init(
        root: MessageSchema, keyField: String?, keyForm: Canonicaliser? = nil, filterFields: [String] = [], limits: SourceLimits = .standard
    ) throws(SourceFault) {
        guard filterFields.count <= limits.maxFilterFields else { throw .tooLarge(what: "filter fields", limit: limits.maxFilterFields) }
        self.root = root
        self.keyForm = keyForm
        columns = root.fields.map(SourceColumn.init)
        shape = try RecordShape(root)
        var key: FieldSchema?
        if let keyField { key = try SourceLayout.indexable(keyField, of: root) }
        var filters: [FieldSchema] = []
        for name in filterFields {
            let field = try SourceLayout.indexable(name, of: root)
            guard !filters.contains(field), field != key else { throw .layout(field: name, fault: "it is named twice; name each filter field once, and not the key") }
            filters.append(field)
        }
        self.key = key
        self.filters = filters
    }

    private static func indexable(_ name: String, of root: MessageSchema) throws(SourceFault) -> FieldSchema {
        guard let field = root.field(named: name) else { throw .layout(field: name, fault: "the record has no field of this name") }
        guard !field.isRepeated, SourceColumn(field).isComparable else {
            throw .layout(field: name, fault: "only a single string, whole number, bool or enum can be a key or filter; choose another field")
        }
        return field
    }

    /// Changes when the columns, key or filters do. Labels do not count: they say nothing about the file.
    var fingerprint: Digest {
        var writer = WireWriter()
        for column in columns {
            writer.message(1) {
                $0.varint(1, UInt64(column.field.number))
                $0.string(2, column.field.name)
                $0.string(3, column.sqlType)
                $0.varint(4, column.storage.code)
            }
        }
        if let key { writer.varint(2, UInt64(key.number)) }
        writer.packed(3, filters.map { UInt64($0.number) })
        return Digest.sha256(writer.bytes)
    }

    /// Fields are named by number: numbers need no quoting and cannot meet SQLite's own names.
    var createTable: String {
        "CREATE TABLE records (" + columns.map { "f\($0.field.number) \($0.sqlType)" }.joined(separator: ", ") + ") STRICT"
    }

    /// Made when all rows are in: faster than keeping them while rows come.
    var createIndexes: [String] {
        filters.map { "CREATE INDEX i\($0.number) ON records (f\($0.number))" }
    }

    func isIndexed(_ field: FieldSchema) -> Bool { field.number == key?.number || filters.contains { $0.number == field.number } }
}

/// One of the record's own fields as a column.
struct SourceColumn: Hashable, Sendable {
    /// What stands in the column. Absence is NULL for all of them.
    enum Storage: Hashable, Sendable {
        /// A number or bool as INTEGER; unsigned 64-bit numbers in two's complement.
        case integer(ScalarType)
        case enumeration
        case real(ScalarType)
        case text
        case bytes
        /// Sub-messages, repeated fields and maps: all occurrences with their tags, as they stand in the record.
        case encoded

        var code: UInt64 {
            switch self {
            case .integer(let scalar), .real(let scalar): UInt64(scalar.rawValue)
            case .enumeration: 14
            case .text: 9
            case .bytes: 12
            case .encoded: 11
            }
        }
    }

    let field: FieldSchema
    let storage: Storage

    init(_ field: FieldSchema) {
        self.field = field
        guard !field.isRepeated else {
            storage = .encoded
            return
        }
        switch field.type {
        case .scalar(.double): storage = .real(.double)
        case .scalar(.float): storage = .real(.float)
        case .scalar(.string): storage = .text
        case .scalar(.bytes): storage = .bytes
        case .scalar(let scalar): storage = .integer(scalar)
        case .enumeration: storage = .enumeration
        case .message, .map: storage = .encoded
        }
    }

    var sqlType: String {
        switch storage {
        case .integer, .enumeration: "INTEGER"
        case .real: "REAL"
        case .text: "TEXT"
        case .bytes, .encoded: "BLOB"
        }
    }

    /// Whether equality on the column means equality of values.
    var isComparable: Bool {
        switch storage {
        case .integer, .enumeration, .text: true
        case .real, .bytes, .encoded: false
        }
    }
}
