import Cryptography
import Vocabulary

/// What may be taken from one dataset, and how each field leaves it.
package struct DatasetTerms: Hashable, Sendable {
    package let dataset: DatasetID
    /// Digest of the schema that the rules were written for. Another schema needs another version of the agreement.
    package let schema: Digest
    /// Ascending, without repetition.
    package let operations: [Operation]
    /// One rule a field, ascending by path in UTF-8 order. A field without a rule is dropped.
    package let fields: [FieldRule]
    /// Rows outside it do not exist for the recipient; nil for all rows.
    package let rowFilter: RowPredicate?
    /// Fields by which one record may be asked for.
    package let keyFields: [FieldPath]
    /// Fields that a request may filter on. A filter reveals what it tests, so none is allowed that is not listed.
    package let filterFields: [FieldPath]
    /// Fields that a match compares.
    package let matchKeys: [FieldPath]
    /// Whom the records are about.
    package let subjects: String
    package let subjectEstimate: UInt64?
    package let from: CalendarDate?
    package let until: CalendarDate?
    package let quality: String?

    /// The rule of a field; nil means the field is dropped.
    package func rule(for path: FieldPath) -> FieldRule? {
        fields.first { $0.path == path }
    }

    static let shape = TermsShape(
        key: "id",
        [
            TermsField(1, "id", .name(.dataset)),
            TermsField(2, "schema", .digest),
            TermsField(
                3, "operations", .code(Operation.allCases.map { TermsCodeEntry(number: UInt64($0.rawValue), slug: $0.name) }), .list(1...3)),
            TermsField(4, "fields", .message { FieldRule.shape }, .list(TermsLimits.fieldRules)),
            TermsField(5, "row_filter", .message { RowPredicate.shape }, .optional),
            TermsField(6, "key_fields", .name(.fieldPath), .list(TermsLimits.keyFields)),
            TermsField(7, "filter_fields", .name(.fieldPath), .list(TermsLimits.keyFields)),
            TermsField(8, "match_keys", .name(.fieldPath), .list(TermsLimits.keyFields)),
            TermsField(9, "subjects", .label(max: TermsLimits.labelBytes)),
            TermsField(10, "subject_estimate", .number(TermsLimits.count), .optional),
            TermsField(11, "from", .date, .optional),
            TermsField(12, "until", .date, .optional),
            TermsField(13, "quality", .text(max: TermsLimits.textBytes), .optional),
        ])

    init(_ reader: TermsReader) throws(TermsFault) {
        dataset = try reader.required("id") { DatasetID($0) }
        schema = try reader.digest("schema")
        operations = reader.all("operations") { Operation(name: $0) }
        fields = try reader.parts("fields", FieldRule.init)
        rowFilter = try reader.optionalPart("row_filter", RowPredicate.init)
        keyFields = reader.all("key_fields") { FieldPath($0) }
        filterFields = reader.all("filter_fields") { FieldPath($0) }
        matchKeys = reader.all("match_keys") { FieldPath($0) }
        subjects = try reader.text("subjects")
        subjectEstimate = reader.optionalNumber("subject_estimate")
        from = reader.optionalDate("from")
        until = reader.optionalDate("until")
        quality = reader.optionalText("quality")
    }
}
