import BrokerProtocol

/// Released records as people and programs read them: each leaf with what became of it.
struct QueryView {
    private let reader: RecordText
    private let rules: [Concordat_V1_LeafRule]
    /// How to read what left changed: transform and parameters by path.
    private let changes: [String: String]

    init(_ output: Concordat_V1_OutputSchema) throws {
        reader = try RecordText(output.schema)
        rules = output.rules
        changes = Dictionary(output.notice.changed.map { ($0.path, $0.rule) }, uniquingKeysWith: { first, _ in first })
    }

    func text(of record: Concordat_V1_ReleasedRecord, json: Bool) throws -> String {
        let leaves = try reader.leaves(of: [UInt8](record.record))
        if json {
            return JSONValue.object([
                ("fields", .list(leaves.map(\.json))),
                ("dispositions", .object(rules.map { ($0.path, .text(disposition(of: $0, leaves: leaves))) })),
                ("transforms", .object(rules.map { ($0.path, .text(changes[$0.path] ?? $0.transform)) })),
            ]).text
        }
        var table = Table("field", "disposition", "transform", "value")
        for rule in rules {
            let found = leaves.filter { $0.schemaPath == rule.path }
            let disposition = disposition(of: rule, leaves: leaves)
            let transform = changes[rule.path] ?? rule.transform
            if found.isEmpty { table.add(rule.path, disposition, transform, "") }
            for leaf in found { table.add(leaf.path, disposition, transform, leaf.value) }
        }
        return table.text + "\n"
    }

    /// A listed leaf without a value was not held by the source, whatever became of its siblings; one that leaves changed may also have held what its
    /// transform could not take.
    private func disposition(of rule: Concordat_V1_LeafRule, leaves: [RecordText.Leaf]) -> String {
        switch rule.disposition {
        case .withheld: return "withheld"
        case .released, .transformed:
            let isPlain = rule.disposition == .released
            guard leaves.contains(where: { $0.schemaPath == rule.path }) else { return isPlain ? "not held" : "not held or dropped" }
            return isPlain ? "released" : "transformed"
        default: return "not held"
        }
    }
}
