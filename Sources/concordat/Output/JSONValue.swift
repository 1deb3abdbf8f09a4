import Agreements

/// JSON that this program prints (RFC 8259), members in the order given.
indirect enum JSONValue {
    case null
    case bool(Bool)
    case number(String)
    case text(String)
    case list([JSONValue])
    case object([(String, JSONValue)])

    static func integer(_ value: some BinaryInteger) -> JSONValue { .number(String(value)) }

    var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .number(let digits): digits
        case .text(let value): JSONValue.quoted(value)
        case .list(let items): "[" + items.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { JSONValue.quoted($0.0) + ":" + $0.1.text }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ value: String) -> String {
        var out = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}

extension JSONValue {
    /// A document in the form that terms are also read from.
    init(_ node: DocumentNode) {
        switch node {
        case .string(let value): self = .text(value)
        case .int(let value): self = .integer(value)
        case .bool(let value): self = .bool(value)
        case .list(let elements): self = .list(elements.map(JSONValue.init))
        case .map(let entries): self = .object(entries.map { ($0.key, JSONValue($0.value)) })
        }
    }
}
