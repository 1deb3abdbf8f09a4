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
        for leaf in dataset.schema.leaves {
            let label = leaf.sensitivity
            fields.add(leaf.path, (leaf.repeated ? "repeated " : "") + leaf.type, level(label.level), role(label.role), label.canon)
        }
        return """
            \(dataset.id): \(visible(dataset.title))
              \(visible(dataset.description_p))
              owner \(dataset.owner), \(dataset.rows) rows, revision \(dataset.revision) of \(moment(dataset.importedAt))
              found by \(dataset.keyField.isEmpty ? "filters only" : dataset.keyField); filters: \(dataset.filterFields.joined(separator: ", "))
              schema digest \(Hex.encode(dataset.schema.digest))

            \(fields.text)
            """
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
