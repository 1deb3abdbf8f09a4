import BrokerProtocol

/// Released records as people and programs read them: each leaf with what became of it.
struct QueryView {
    private let reader: RecordText
    private let rules: [Concordat_V1_LeafRule]
    private let numbers: [String: UInt32]

    init(_ output: Concordat_V1_OutputSchema) throws {
        reader = RecordText(schema: output.schema)
        rules = output.rules
        numbers = Dictionary(output.schema.fields.map { ($0.name, $0.number) }, uniquingKeysWith: { first, _ in first })
    }

    func text(of record: Concordat_V1_ReleasedRecord, json: Bool) throws -> String {
        let leaves = try reader.leaves(of: [UInt8](record.record))
        if json {
            return JSONValue.object([
                ("fields", .list(leaves.map(\.json))),
                ("dispositions", .object(rules.map { ($0.path, .text(disposition(of: $0, in: record, leaves: leaves))) })),
            ]).text
        }
        var table = Table("field", "disposition", "transform", "value")
        for rule in rules {
            let found = leaves.filter { $0.schemaPath == rule.path }
            let disposition = disposition(of: rule, in: record, leaves: leaves)
            if found.isEmpty { table.add(rule.path, disposition, rule.transform, "") }
            for leaf in found { table.add(leaf.path, disposition, rule.transform, leaf.value) }
        }
        return table.text + "\n"
    }

    /// A listed leaf without a value was not held by the source, whatever became of its siblings.
    private func disposition(of rule: Concordat_V1_LeafRule, in record: Concordat_V1_ReleasedRecord, leaves: [RecordText.Leaf]) -> String {
        switch rule.disposition {
        case .withheld: return "withheld"
        case .released, .transformed:
            guard leaves.contains(where: { $0.schemaPath == rule.path }) else {
                let top = String(rule.path.prefix { $0 != "." })
                let opening = numbers[top].flatMap { number in record.fields.first { $0.number == number } }
                return opening?.disposition == .transformed && !rule.path.contains(".") ? "transformed to nothing" : "not held"
            }
            return rule.disposition == .released ? "released" : "transformed"
        default: return "not held"
        }
    }
}
