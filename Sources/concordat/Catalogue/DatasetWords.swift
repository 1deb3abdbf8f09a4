import BrokerProtocol
import Cryptography

/// Datasets and their fields in words.
enum DatasetWords {
    static func table(_ datasets: [Concordat_V1_Dataset]) -> String {
        var table = Table("dataset", "owner", "rows", "revision", "people", "title")
        for one in datasets {
            table.add(one.id, one.owner, String(one.rows), String(one.revision), one.synthetic ? "invented" : "real", one.title)
        }
        return table.text
    }

    static func full(_ dataset: Concordat_V1_Dataset) -> String {
        var fields = Table("field", "type", "sensitivity", "role", "canonical form")
        add(dataset.schema.fields, prefix: "", to: &fields)
        return """
            \(dataset.id): \(visible(dataset.title))
              \(visible(dataset.description))
              owner \(dataset.owner), \(dataset.rows) rows, revision \(dataset.revision) of \(moment(dataset.importedAt))
              found by \(dataset.keyField); filters: \(dataset.filterFields.joined(separator: ", "))
              schema digest \(Hex.encode(dataset.schema.digest))

            \(fields.text)
            """
    }

    private static func add(_ fields: [Concordat_V1_SchemaField], prefix: String, to table: inout Table) {
        for field in fields {
            let path = prefix + field.name
            let type = (field.repeated ? "repeated " : "") + word(of: field.type)
            table.add(path, type, level(field.sensitivity.level), role(field.sensitivity.role), field.sensitivity.canon)
            add(field.fields, prefix: path + ".", to: &table)
        }
    }

    static func word(of type: Concordat_V1_FieldType) -> String {
        switch type {
        case .string: "string"
        case .bytes: "bytes"
        case .bool: "bool"
        case .int32: "int32"
        case .int64: "int64"
        case .uint32: "uint32"
        case .uint64: "uint64"
        case .sint32: "sint32"
        case .sint64: "sint64"
        case .fixed32: "fixed32"
        case .fixed64: "fixed64"
        case .sfixed32: "sfixed32"
        case .sfixed64: "sfixed64"
        case .float: "float"
        case .double: "double"
        case .message: "message"
        default: "unknown"
        }
    }

    private static func level(_ level: Concordat_V1_SensitivityLevel) -> String {
        switch level {
        case .public: "public"
        case .official: "official"
        case .specialCategory: "special category"
        case .criminal: "criminal"
        case .restrictedRecord: "restricted record"
        default: "personal"
        }
    }

    private static func role(_ role: Concordat_V1_FieldRole) -> String {
        switch role {
        case .quasiID: "quasi-identifier"
        case .attribute: "attribute"
        case .freeText: "free text"
        case .consentFlag: "consent flag"
        case .subjectKey: "subject key"
        case .linkKey: "link key"
        default: "direct identifier"
        }
    }
}
