import Redaction
import Vocabulary

/// What an import changes of a live dataset that agreements rest on: they name its schema by its digest and are made for its key and filter
/// fields, so that each of these changes stops them.
package struct DatasetChanges: Sendable {
    /// A dataset as far as agreements rest on it.
    package struct Footing: Sendable {
        let schema: DatasetSchema
        let keyField: String
        let filterFields: [String]

        /// - Parameter keyField: empty where no record is found by a key.
        package init(schema: DatasetSchema, keyField: String, filterFields: [String]) {
            self.schema = schema
            self.keyField = keyField
            self.filterFields = filterFields
        }
    }

    package struct Change: Hashable, Sendable {
        /// Path of a field of the dataset, or `schema`, `key_field` or `filter_fields`.
        package let field: String
        /// Said of the field, such as `would vanish`.
        package let words: String
    }

    /// Empty where no agreement would notice.
    package let changes: [Change]
    /// The fields that would vanish.
    package let removed: [FieldPath]
    /// The fields that would have another type.
    package let retyped: [FieldPath]

    /// A filter field more is no change: no agreement filters on it.
    package init(from live: Footing, to next: Footing) {
        let difference = SchemaDifference(from: live.schema, to: next.schema)
        var changes = difference.fields.map { Change(field: $0.path.description, words: $0.change.description) }
        if difference.isElsewhere {
            changes.append(Change(field: "schema", words: "would have another digest: names of messages, numbers, keys or strictness differ"))
        }
        if live.keyField != next.keyField {
            changes.append(Change(field: "key_field", words: "would no longer be \(live.keyField.isEmpty ? "empty" : live.keyField)"))
        }
        for name in live.filterFields where !next.filterFields.contains(name) {
            changes.append(Change(field: "filter_fields", words: "would no longer have \(name)"))
        }
        self.changes = changes
        removed = difference.removed
        retyped = difference.retyped
    }
}
