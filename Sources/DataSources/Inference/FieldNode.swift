import ProtobufWire
import Vocabulary

/// What has been seen of one field so far. Grows with the schema and not with the file.
final class FieldNode {
    private enum Shape {
        /// Absent or null everywhere so far.
        case unknown
        case scalar
        case object
    }

    private var shape = Shape.unknown
    private var isList = false
    private var isSingle = false
    private var seen = SeenKinds()
    /// In the order of their first appearance.
    private var children: [(name: String, node: FieldNode)] = []
    private var places: [String: Int] = [:]

    /// Adds a column whose kinds are known already; one without a value is text.
    func addChild(_ name: String, seen: SeenKinds) {
        let child = child(named: name)
        child.seen = seen
        if seen.change != nil { child.shape = .scalar }
    }

    private func child(named name: String) -> FieldNode {
        if let place = places[name] { return children[place].node }
        let node = FieldNode()
        places[name] = children.count
        children.append((name, node))
        return node
    }

    /// Takes note of an object's members.
    func observe(_ members: [JSONValue.Member], at path: [String], line: Int, limits: SourceLimits) throws(SourceFault) {
        shape = .object
        for member in members {
            let below = path + [member.name]
            guard FieldPath.isFieldName(member.name) else {
                throw .input(
                    line: line, field: path.joined(separator: "."), fault: "a name in the object is not a field name",
                    remedy: "use a letter, then letters, digits and '_', at most 64")
            }
            let node = child(named: member.name)
            guard children.count <= limits.maxColumns else {
                throw .input(line: line, field: path.joined(separator: "."), fault: "more than \(limits.maxColumns) fields", remedy: "split the object")
            }
            try node.observe(member.value, at: below, line: line, limits: limits)
        }
    }

    private func observe(_ value: JSONValue, at path: [String], line: Int, limits: SourceLimits) throws(SourceFault) {
        if case .null = value { return }
        if case .list(let values) = value {
            guard !isSingle else { throw FieldNode.mixed(path, line, "it is a list here and a single value above") }
            isList = true
            for value in values { try observeOne(value, at: path, line: line, limits: limits) }
            return
        }
        guard !isList else { throw FieldNode.mixed(path, line, "it is a single value here and a list above") }
        isSingle = true
        try observeOne(value, at: path, line: line, limits: limits)
    }

    private func observeOne(_ value: JSONValue, at path: [String], line: Int, limits: SourceLimits) throws(SourceFault) {
        let found: KindSet
        switch value {
        case .object(let members):
            if case .scalar = shape { throw FieldNode.mixed(path, line, "it is an object here and a plain value above") }
            return try observe(members, at: path, line: line, limits: limits)
        case .null, .list: throw FieldNode.mixed(path, line, "a list holds \(value.kind)")
        case .bool: found = .bool
        case .number(let text): found = FieldNode.number(text)
        case .string(let text): found = KindSet.of(Array(text.utf8)[...]).intersection(.date)
        }
        if case .object = shape { throw FieldNode.mixed(path, line, "it is a plain value here and an object above") }
        if case .scalar = shape, found.isDisjoint(with: seen.kinds), !(isText(found) && isText(seen.kinds)) {
            throw FieldNode.mixed(path, line, "it is \(value.kind) here and of another type above")
        }
        shape = .scalar
        seen.narrow(to: found, line: line)
    }

    /// Strings only: nothing, or a date so far.
    private func isText(_ kinds: KindSet) -> Bool { kinds.isSubset(of: .date) }

    /// A number with an exponent or with many digits is a double: JSON promises no more.
    private static func number(_ text: String) -> KindSet {
        let kinds = KindSet.number(Array(text.utf8)[...])
        return kinds.isEmpty ? .double : kinds
    }

    private static func mixed(_ path: [String], _ line: Int, _ fault: String) -> SourceFault {
        .input(line: line, field: path.joined(separator: "."), fault: fault, remedy: "give the field one type throughout the file")
    }

    /// What was found out about one leaf.
    struct Leaf {
        let kind: ValueKind
        let change: KindChange?
    }

    /// The schema of what was seen. `leaves` gets each leaf.
    func message(named name: String, at path: [String], leaves found: inout [FieldPath: Leaf]) throws(SchemaFault) -> MessageSchema {
        var fields: [FieldSchema] = []
        for (index, child) in children.enumerated() {
            let below = path + [child.name]
            let node = child.node
            let type: FieldType
            if case .object = node.shape {
                type = .message(try node.message(named: FieldNode.typeName(below), at: below, leaves: &found))
            } else {
                let kind = node.shape == .unknown ? ValueKind.text : node.seen.kinds.kind
                if let path = FieldPath(names: below) { found[path] = Leaf(kind: kind, change: node.seen.change) }
                type = .scalar(kind.scalar)
            }
            let cardinality: Cardinality = node.isList ? .repeated : node.shape == .object ? .singular : .optional
            fields.append(try FieldSchema(number: index + 1, name: child.name, type: type, cardinality: cardinality))
        }
        return try MessageSchema(name: name, fields: fields)
    }

    /// `award.elements` -> `AwardElements`: unique, because the path is. Cut to what a name may have.
    private static func typeName(_ path: [String]) -> String {
        let words = path.flatMap { $0.split(separator: "_") }.map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return String(words.joined().prefix(64))
    }
}

extension ValueKind {
    fileprivate var scalar: ScalarType {
        switch self {
        case .bool: .bool
        case .integer: .int64
        case .double: .double
        case .decimal, .date, .text: .string
        }
    }
}
