import Cryptography
import ProtobufWire
import Vocabulary

/// The working state of one compilation.
struct ProgramCompiler {
    let schema: DatasetSchema
    let context: RedactionContext
    private(set) var layout: RecordLayout
    private(set) var byPath: [FieldPath: Transform] = [:]
    private(set) var transforms: [CompiledTransform] = []
    private(set) var keyUses: [RedactionProgram.KeyUse] = []
    private(set) var dispositions: [Disposition] = []
    /// For each of the record's own fields: whether the source is asked for it.
    private(set) var reads: [Bool] = []
    private var filterTops: Set<Int> = []

    init(schema: DatasetSchema, context: RedactionContext) {
        self.schema = schema
        self.context = context
        layout = RecordLayout(schema.root)
    }

    // MARK: Rules

    mutating func take(_ rules: [ReleaseRule]) throws(RedactionFault) {
        for rule in rules {
            let path = rule.path.description
            guard byPath.updateValue(rule.transform, forKey: rule.path) == nil else {
                throw .rule(path: path, reason: "two rules name it; keep one")
            }
            guard let leaf = schema.leaf(rule.path) else { throw .rule(path: path, reason: reasonForNoLeaf(rule)) }
            try check(rule.transform, on: leaf)
        }
        guard byPath.values.contains(where: { !$0.isDrop }) else {
            throw .rule(path: "*", reason: "no field is released; list at least one")
        }
    }

    private func reasonForNoLeaf(_ rule: ReleaseRule) -> String {
        let inside = schema.leaves.filter { rule.path.contains($0.path) }
        guard let first = inside.first else {
            let known = schema.leaves.prefix(12).map(\.path.description).joined(separator: ", ")
            return "the schema has no such field; it has \(known)\(schema.leaves.count > 12 ? " and others" : "")"
        }
        return "it holds other fields; list each that may leave, such as \(first.path)"
    }

    private func check(_ transform: Transform, on leaf: DatasetSchema.Leaf) throws(RedactionFault) {
        let path = leaf.path.description
        if case .drop(let asDefault) = transform.kind {
            guard asDefault || hasPresence(leaf.path) else {
                throw .rule(
                    path: path,
                    reason: "its absence looks like the default value; leave the rule out, or say drop_as_default=true")
            }
            return
        }
        guard !transform.isNoticed else { return }
        if transform.isDrop {
            guard hasPresence(leaf.path) else {
                throw .rule(path: path, reason: "its absence looks like the default value; leave the rule out, or say notice=true")
            }
            return
        }
        do throws(Transform.Unfit) {
            _ = try transform.outputType(of: leaf.type)
        } catch {
            throw .rule(path: path, reason: error.reason)
        }
        let place = place(of: leaf.path)
        let unfit = transform.unfitPlace(
            leaf.type, isListed: place.isListed, isListedAbove: place.isListedAbove, isChosen: place.isChosen, hasPresence: hasPresence(leaf.path))
        if let unfit { throw .rule(path: path, reason: unfit) }
        if let forbidden = leaf.label.neverTo.first(where: context.recipientClasses.contains) {
            throw .rule(path: path, reason: "its label never releases it to the class \(forbidden); remove the rule")
        }
        if case .pseudonym(let pseudonym) = transform.kind, let canon = leaf.label.canon, canon != pseudonym.canon {
            throw .rule(path: path, reason: "its label says canon \(canon.rawValue) and the rule \(pseudonym.canon.rawValue); use the label's")
        }
        if case .pseudonym(let pseudonym) = transform.kind, pseudonym.canon == .ninoDemo, !schema.isSynthetic {
            throw .rule(path: path, reason: "nino.demo.v1 is for synthetic datasets; use nino.v1")
        }
        if case .pseudonym(let pseudonym) = transform.kind, pseudonym.canon == .nino, schema.isSynthetic {
            throw .rule(path: path, reason: "the dataset is synthetic; use nino.demo.v1")
        }
    }

    /// What the record may hold how often on the way to a leaf.
    private func place(of path: FieldPath) -> (isListed: Bool, isListedAbove: Bool, isChosen: Bool) {
        var place = (isListed: false, isListedAbove: false, isChosen: false)
        var message: MessageSchema? = schema.root
        for (level, name) in path.names.enumerated() {
            // The members of a map's entry are found in no message.
            guard let field = message?.field(named: name) else { return (true, true, place.isChosen) }
            place.isListed = place.isListed || field.isRepeated
            guard level < path.names.count - 1 else { break }
            place.isListedAbove = place.isListedAbove || field.isRepeated
            if case .oneof = field.cardinality { place.isChosen = true }
            if case .message(let child) = field.type { message = child } else { message = nil }
        }
        return place
    }

    /// A leaf with presence, or one that may occur any number of times.
    private func hasPresence(_ path: FieldPath) -> Bool {
        var message: MessageSchema? = schema.root
        var last: FieldSchema?
        for name in path.names {
            last = message?.field(named: name)
            guard let field = last else { return true }
            if case .message(let child) = field.type { message = child } else { message = nil }
        }
        guard let last else { return true }
        return last.hasPresence || last.isRepeated
    }

    /// A map leaves with its keys as they are and at least part of its values, or not at all.
    func checkMaps() throws(RedactionFault) {
        for row in layout.rows where row.isMap {
            let table = layout.tables[row.child]
            let key = layout.rows[table.firstRow]
            let value = layout.rows[table.firstRow + 1]
            let keyPath = schema.leaves[key.leaf].path
            let valueLeaves = leaves(under: value)
            let keyRule = byPath[keyPath].flatMap { $0.isDrop ? nil : $0 }
            let releasesValue = valueLeaves.contains { byPath[schema.leaves[$0].path].map { !$0.isDrop } ?? false }
            if let keyRule, !keyRule.isAllow {
                throw .rule(path: keyPath.description, reason: "keys of a map can be allowed or left out; they cannot be transformed")
            }
            guard (keyRule != nil) == releasesValue else {
                throw .rule(path: keyPath.description, reason: "a map's key and value are released together; list both or neither")
            }
            if value.leaf >= 0, let rule = byPath[schema.leaves[value.leaf].path], !rule.isAllow, !rule.isDrop {
                throw .rule(path: schema.leaves[value.leaf].path.description, reason: "plain values of a map can be allowed or left out")
            }
        }
    }

    private func leaves(under row: RecordLayout.Row) -> [Int] {
        guard row.child >= 0 else { return [row.leaf] }
        let table = layout.tables[row.child]
        return (table.firstRow..<table.firstRow + table.rowCount).flatMap { leaves(under: layout.rows[$0]) }
    }

    // MARK: Actions

    mutating func setActions() throws(RedactionFault) {
        for index in layout.rows.indices where layout.rows[index].leaf >= 0 {
            guard let transform = byPath[schema.leaves[layout.rows[index].leaf].path], !transform.isDrop else { continue }
            layout.rows[index].failsRecord = transform.onError == .fail
            guard !transform.isAllow else {
                layout.rows[index].action = .copy
                continue
            }
            layout.rows[index].action = .transform
            layout.rows[index].answersAbsence = transform.answersAbsence
            layout.rows[index].transform = transforms.count
            transforms.append(compiled(transform, type: schema.leaves[layout.rows[index].leaf].type))
        }
        for index in layout.rows.indices where layout.rows[index].child >= 0 {
            let rules = leaves(under: layout.rows[index]).compactMap { byPath[schema.leaves[$0].path] }
            layout.rows[index].action = rules.contains { !$0.isDrop } ? .descend : .drop
            // An absent message leaves with the answer alone: beside one that is left out, it would tell that the message is held.
            layout.rows[index].answersAbsence = rules.contains(where: \.answersAbsence)
        }
        for (index, field) in schema.root.fields.enumerated() {
            let disposition = disposition(of: layout.rows[index], number: field.number)
            dispositions.append(disposition)
            let rules = leaves(under: layout.rows[index]).map { byPath[schema.leaves[$0].path] ?? .drop }
            reads.append(filterTops.contains(field.number) || !rules.allSatisfy(\.isUnread))
            layout.rows[index].isRead = reads[index]
        }
    }

    private func disposition(of row: RecordLayout.Row, number: Int) -> Disposition {
        let rules = leaves(under: row).map { byPath[schema.leaves[$0].path] ?? .drop }
        if rules.allSatisfy(\.isAllow) { return .released }
        if rules.contains(where: { !$0.isDrop }) || filterTops.contains(number) { return .transformed }
        return .withheld
    }

    private mutating func compiled(_ transform: Transform, type: FieldType) -> CompiledTransform {
        var keyIndex = -1
        if case .pseudonym(let pseudonym) = transform.kind {
            let scope =
                switch pseudonym.scope {
                case .recipient: "recipient"
                case .agreement: context.agreement
                case .project(let name): "project/" + name
                }
            let use = RedactionProgram.KeyUse(recipient: context.recipient, scope: scope, domain: pseudonym.domain)
            keyIndex = keyUses.firstIndex(of: use) ?? keyUses.count
            if keyIndex == keyUses.count { keyUses.append(use) }
        }
        return CompiledTransform(transform, type: type, keyIndex: keyIndex)
    }

    // MARK: Output

    /// The listed fields, each message under its own name; where two places of one message type release different fields, under its name and the place of its
    /// first leaf, so that both can stand in one file.
    func outputSchema() throws(RedactionFault) -> SchemaFile {
        do throws(SchemaFault) {
            return try outputSchema(numbersTypes: false)
        } catch .conflict {
            do throws(SchemaFault) {
                return try outputSchema(numbersTypes: true)
            } catch {
                throw .schema(error)
            }
        } catch {
            throw .schema(error)
        }
    }

    private func outputSchema(numbersTypes: Bool) throws(SchemaFault) -> SchemaFile {
        guard let root = try output(schema.root, at: [], numbersTypes) else { preconditionFailure("take() saw to it that a leaf is released") }
        return try SchemaFile(packageName: schema.file.packageName, root: root)
    }

    /// The message with the listed fields only, or nil where none is.
    private func output(_ message: MessageSchema, at prefix: [String], _ numbersTypes: Bool) throws(SchemaFault) -> MessageSchema? {
        var fields: [FieldSchema] = []
        for field in message.fields {
            let names = prefix + [field.name]
            guard let type = try outputType(field.type, at: names, numbersTypes) else { continue }
            let cardinality = FieldPath(names: names).flatMap { byPath[$0] }?.outputCardinality(of: field) ?? field.cardinality
            fields.append(try FieldSchema(number: field.number, name: field.name, type: type, cardinality: cardinality))
        }
        guard !fields.isEmpty else { return nil }
        guard numbersTypes, !prefix.isEmpty else { return try MessageSchema(name: message.name, fields: fields) }
        let place = schema.leaves.firstIndex { $0.path.names.starts(with: prefix) } ?? 0
        return try MessageSchema(name: "\(message.name.prefix(58))_\(place)", fields: fields)
    }

    private func outputType(_ type: FieldType, at names: [String], _ numbersTypes: Bool) throws(SchemaFault) -> FieldType? {
        switch type {
        case .message(let child):
            return try output(child, at: names, numbersTypes).map(FieldType.message)
        case .map(let key, let value):
            guard byPath[path(names + ["key"])].map({ !$0.isDrop }) ?? false else { return nil }
            return try outputType(value, at: names + ["value"], numbersTypes).map { FieldType.map(key: key, value: $0) }
        case .scalar, .enumeration:
            guard let transform = byPath[path(names)], !transform.isDrop else { return nil }
            do throws(Transform.Unfit) {
                return try transform.outputType(of: type)
            } catch {
                preconditionFailure("take() checked that the transform fits")
            }
        }
    }

    private func path(_ names: [String]) -> FieldPath {
        guard let path = FieldPath(names: names) else { preconditionFailure("the schema checked its paths") }
        return path
    }

    // MARK: Digest

    /// SHA-256 of: schema digest 1, recipient 2, classes 3, agreement 4, leaf 5 { place 1, transform 2 }, filter 6, as canonical protobuf after the
    /// words "concordat/program/1" and a zero byte.
    func digest(filter: RowFilter?) -> Digest {
        var writer = WireWriter(reserving: 1_024)
        writer.bytes(1, schema.digest.bytes)
        writer.string(2, context.recipient)
        for name in context.recipientClasses { writer.element(3, name) }
        writer.string(4, context.agreement)
        for (index, leaf) in schema.leaves.enumerated() {
            guard let transform = byPath[leaf.path], !transform.isDrop else { continue }
            writer.message(5) { entry in
                entry.explicit(1, UInt64(index))
                entry.bytes(2, transform.canonicalBytes)
            }
        }
        if let filter { writer.bytes(6, filter.canonicalBytes) }
        return Digest.sha256(Array("concordat/program/1".utf8) + [0], writer.bytes)
    }
}

// MARK: Filter

extension ProgramCompiler {
    mutating func compile(_ filter: RowFilter?) throws(RedactionFault) -> CompiledFilter? {
        guard let filter else { return nil }
        guard filter.paths.count <= RowFilter.maxTests else { throw .tooLarge("the row filter has more than \(RowFilter.maxTests) tests") }
        return try compile(filter, depth: 1)
    }

    private mutating func compile(_ filter: RowFilter, depth: Int) throws(RedactionFault) -> CompiledFilter {
        guard depth <= RowFilter.maxDepth else { throw .tooLarge("the row filter has more than \(RowFilter.maxDepth) levels") }
        switch filter {
        case .test(let path, let values): return .test(try test(path, values))
        case .all(let parts): return .all(try compile(parts, depth: depth))
        case .any(let parts): return .any(try compile(parts, depth: depth))
        }
    }

    private mutating func compile(_ parts: [RowFilter], depth: Int) throws(RedactionFault) -> [CompiledFilter] {
        // An empty `all` would let every row through.
        guard !parts.isEmpty else { throw .filter(path: "*", reason: "a group holds no test; remove it") }
        var compiled: [CompiledFilter] = []
        for part in parts { compiled.append(try compile(part, depth: depth + 1)) }
        return compiled
    }

    private mutating func test(_ path: FieldPath, _ values: [String]) throws(RedactionFault) -> CompiledFilter.Test {
        let text = path.description
        guard (1...RowFilter.maxValues).contains(values.count) else {
            throw .filter(path: text, reason: "give 1 to \(RowFilter.maxValues) values")
        }
        var offsets: [Int] = []
        var table = 0
        var message = schema.root
        for (level, name) in path.names.enumerated() {
            guard let offset = message.fields.firstIndex(where: { $0.name == name }) else {
                throw .filter(path: text, reason: "the schema has no such field")
            }
            let field = message.fields[offset]
            guard !field.isRepeated else { throw .filter(path: text, reason: "\(name) may occur several times; test a field that occurs once") }
            offsets.append(offset)
            let row = layout.rows[layout.tables[table].firstRow + offset]
            if level == path.names.count - 1 { return try test(path, field, row, offsets, values) }
            guard case .message(let child) = field.type else { throw .filter(path: text, reason: "\(name) holds no fields") }
            message = child
            table = row.child
        }
        preconditionFailure("a path has at least one name")
    }

    private mutating func test(
        _ path: FieldPath, _ field: FieldSchema, _ row: RecordLayout.Row, _ offsets: [Int], _ values: [String]
    ) throws(RedactionFault) -> CompiledFilter.Test {
        var numbers: Set<UInt64> = []
        var texts: [[UInt8]] = []
        for value in values {
            switch field.type {
            case .scalar(.string): texts.append(Array(value.utf8))
            case .scalar(.bool) where value == "true": numbers.insert(1)
            case .scalar(.bool) where value == "false": numbers.insert(0)
            case .scalar(let scalar) where scalar.isInteger:
                guard let number = Int128(value), String(number) == value, let raw = scalar.raw(number) else {
                    throw .filter(path: path.description, reason: "'\(value.prefix(40))' is not a \(scalar.name) in decimal")
                }
                numbers.insert(raw)
            case .enumeration(let enumeration):
                guard let number = enumeration.number(of: value) else {
                    throw .filter(path: path.description, reason: "'\(value.prefix(40))' is no value of \(enumeration.name)")
                }
                numbers.insert(UInt64(bitPattern: Int64(number)))
            case .scalar, .message, .map:
                throw .filter(path: path.description, reason: "test a text, a whole number, a bool or an enum; nothing else has exact equality")
            }
        }
        guard field.hasPresence || (!numbers.contains(0) && !texts.contains([])) else {
            throw .filter(path: path.description, reason: "the default value looks like absence, which never passes; test another value or field")
        }
        if let top = schema.root.field(named: path.top) { filterTops.insert(top.number) }
        return CompiledFilter.Test(offsets: offsets, row: row, numbers: numbers, texts: texts)
    }
}
