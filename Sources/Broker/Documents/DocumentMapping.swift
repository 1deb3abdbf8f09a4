import Agreements
import BrokerProtocol

extension DocumentNode {
    /// The tree that travels as the tree that terms are read from. Throws where the tree passes the limits, holds a node of no kind, or a key without a
    /// value: whoever wrote one meant something by it, and a row filter that is left out lets every row through.
    package init(wire node: Concordat_V1_DocumentNode, limits: BrokerLimits = BrokerLimits()) throws(CallFault) {
        var count = 0
        guard let converted = try DocumentNode.convert(node, depth: 1, count: &count, limits: limits) else {
            throw .invalid(field: "document", problem: "is empty; send the terms as a mapping")
        }
        self = converted
    }

    private static func convert(
        _ node: Concordat_V1_DocumentNode, depth: Int, count: inout Int, limits: BrokerLimits
    ) throws(CallFault) -> DocumentNode? {
        count += 1
        guard count <= limits.documentNodes else {
            throw .invalid(field: "document", problem: "holds more than \(limits.documentNodes) values; split it")
        }
        guard depth <= limits.documentDepth else {
            throw .invalid(field: "document", problem: "is nested deeper than \(limits.documentDepth) levels")
        }
        switch node.value {
        case .null: return nil
        case .boolean(let value): return .bool(value)
        case .integer(let value): return .int(Int(value))
        case .text(let text): return .string(text)
        case .sequence(let sequence):
            var elements: [DocumentNode] = []
            for item in sequence.items {
                guard let element = try convert(item, depth: depth + 1, count: &count, limits: limits) else {
                    throw .invalid(field: "document", problem: "has a list with an empty element\(place(item)); remove it")
                }
                elements.append(element)
            }
            return .list(elements)
        case .mapping(let mapping):
            var entries: [DocumentEntry] = []
            for member in mapping.members {
                guard let value = try convert(member.value, depth: depth + 1, count: &count, limits: limits) else {
                    throw .invalid(field: "document", problem: "has `\(member.name.prefix(64))` without a value\(place(member.value)); give one, or leave the line out")
                }
                entries.append(DocumentEntry(key: member.name, value: value))
            }
            return .map(entries)
        case nil:
            throw .invalid(field: "document", problem: "has a value of no kind\(place(node)); set one of null, boolean, integer, text, sequence, mapping")
        }
    }

    private static func place(_ node: Concordat_V1_DocumentNode) -> String {
        node.line > 0 ? " in line \(node.line)" : ""
    }

    /// The same tree for the wire.
    package var wire: Concordat_V1_DocumentNode {
        var node = Concordat_V1_DocumentNode()
        switch self {
        case .string(let text): node.text = text
        case .int(let value): node.integer = Int64(value)
        case .bool(let value): node.boolean = value
        case .list(let elements): node.sequence = .with { $0.items = elements.map(\.wire) }
        case .map(let entries):
            node.mapping = .with { mapping in
                mapping.members = entries.map { entry in
                    .with { member in
                        member.name = entry.key
                        member.value = entry.value.wire
                    }
                }
            }
        }
        return node
    }
}

extension Concordat_V1_DocumentNode {
    /// The line of the deepest node that a path such as `datasets[uc.awards].fields[nino].transform` leads to; 0 where no line is known.
    package func line(of path: String) -> UInt32 {
        var node = self
        var best = node.line
        for step in Concordat_V1_DocumentNode.steps(path) {
            guard let next = node.child(step) else { return best }
            node = next
            if next.line > 0 { best = next.line }
        }
        return best
    }

    private enum Step {
        case key(String)
        case element(String)
    }

    private static func steps(_ path: String) -> [Step] {
        var steps: [Step] = []
        var current = ""
        var inside = false
        for character in path {
            switch (character, inside) {
            case ("[", false):
                if !current.isEmpty { steps.append(.key(current)) }
                current = ""
                inside = true
            case ("]", true):
                steps.append(.element(current))
                current = ""
                inside = false
            case (".", false):
                if !current.isEmpty { steps.append(.key(current)) }
                current = ""
            default: current.append(character)
            }
        }
        if !current.isEmpty { steps.append(.key(current)) }
        return steps
    }

    private func child(_ step: Step) -> Concordat_V1_DocumentNode? {
        switch (value, step) {
        case (.mapping(let mapping), .key(let name)):
            return mapping.members.first { $0.name == name }?.value
        case (.sequence(let sequence), .element(let name)):
            if let index = Int(name), sequence.items.indices.contains(index) { return sequence.items[index] }
            return sequence.items.first { $0.isNamed(name) }
        default: return nil
        }
    }

    /// Whether this is the list element that a check calls `name`: the text itself, or a mapping with a member of that value.
    private func isNamed(_ name: String) -> Bool {
        switch value {
        case .text(let text): text == name
        case .mapping(let mapping):
            mapping.members.contains { member in
                if case .text(name) = member.value.value { true } else { false }
            }
        default: false
        }
    }
}
