import Cryptography
import ProtobufWire
import Vocabulary

/// The schema of a dataset: the record as a runtime protobuf message, a sensitivity label for each leaf, and the fields that name a record.
///
/// Its canonical bytes are the canonical descriptor set of the record with the labels as field options and the dataset's own settings as the
/// root's option (key_fields 1 packed, synthetic 2, strict 3), so one SHA-256 names all of it and any protobuf library can load it.
package struct DatasetSchema: Hashable, Sendable {
    /// One field that holds a value: a scalar, an enum, or the key or value of a map.
    package struct Leaf: Hashable, Sendable {
        /// From the record's own field down. A map's are `name.key` and `name.value`.
        package let path: FieldPath
        package let type: FieldType
        package let label: Sensitivity
        /// The number of the record's own field that holds the leaf.
        package let topNumber: Int
    }

    /// The annotated file: root message, descriptor bytes, digest.
    package let file: SchemaFile
    /// Names of the record's own fields that together name a record, in order.
    package let keys: [String]
    /// True where every person in the dataset is invented. Such a dataset alone may use `nino.demo.v1`.
    package let isSynthetic: Bool
    /// True where a record with any unknown, ill-typed or repeated singular field is withheld whole, not cleaned.
    package let isStrict: Bool
    /// All leaves in depth-first order of field numbers: leaf n is bit n of the ledger's bit sets.
    package let leaves: [Leaf]

    package var root: MessageSchema { file.root }
    package var canonicalBytes: [UInt8] { file.canonicalBytes }
    package var digest: Digest { file.digest }

    /// Labels are given by path; a leaf without one is taken for a personal direct identifier. Throws where a label or key names no field, where
    /// labels contradict the dataset, or where the record schema itself is at fault.
    package init(
        packageName: String, root: MessageSchema, labels: [FieldPath: Sensitivity], keys: [String], isSynthetic: Bool = false, isStrict: Bool = false
    ) throws(RedactionFault) {
        var unused = labels
        let numbers = try DatasetSchema.keyNumbers(keys, of: root)
        do throws(SchemaFault) {
            let plain = try LabelWriter.annotate(root, at: [], labels: labels, unused: &unused)
            var options = WireWriter()
            options.packed(1, numbers.map(UInt64.init))
            options.bool(2, isSynthetic)
            options.bool(3, isStrict)
            file = try SchemaFile(packageName: packageName, root: try plain.with(fields: plain.fields, annotation: options.bytes))
        } catch {
            throw .schema(error)
        }
        if let path = unused.keys.min() {
            throw .label(path: path.description, reason: "the schema has no such value field; label the scalar fields, and a map by its own name")
        }
        self.keys = keys
        self.isSynthetic = isSynthetic
        self.isStrict = isStrict
        leaves = try LeafCollector.leaves(of: file.root)
        try checkLabels()
    }

    /// Reads canonical bytes strictly, with every check of the other initialiser.
    package init(canonicalBytes: [UInt8]) throws(RedactionFault) {
        var numbers: [UInt64] = []
        var synthetic = false
        var strict = false
        do throws(SchemaFault) {
            file = try SchemaFile(canonicalBytes: canonicalBytes)
            do throws(WireFault) {
                var reader = CanonicalReader(file.root.annotation)
                while let field = try reader.next() {
                    switch field.number {
                    case 1: numbers = try field.packed()
                    case 2: synthetic = try field.bool()
                    case 3: strict = try field.bool()
                    default: throw .unknownField(field.number)
                    }
                }
                var again = WireWriter()
                again.packed(1, numbers)
                again.bool(2, synthetic)
                again.bool(3, strict)
                try requireCanonical(file.root.annotation, reencoded: again.bytes)
            } catch {
                throw .wire(error)
            }
        } catch {
            throw .schema(error)
        }
        var names: [String] = []
        for number in numbers {
            guard let field = file.root.fields.first(where: { UInt64($0.number) == number }) else {
                throw .key(path: String(number), reason: "no field of the record has this number")
            }
            names.append(field.name)
        }
        _ = try DatasetSchema.keyNumbers(names, of: file.root)
        keys = names
        isSynthetic = synthetic
        isStrict = strict
        leaves = try LeafCollector.leaves(of: file.root)
        try checkLabels()
    }

    /// The leaf of that path, or nil.
    package func leaf(_ path: FieldPath) -> Leaf? {
        leafIndex(path).map { leaves[$0] }
    }

    /// The place of that leaf in depth-first order, or nil.
    package func leafIndex(_ path: FieldPath) -> Int? {
        leaves.firstIndex { $0.path == path }
    }

    /// The record's own field of that name, or nil.
    package func field(named name: String) -> FieldSchema? {
        root.field(named: name)
    }

    private static func keyNumbers(_ keys: [String], of root: MessageSchema) throws(RedactionFault) -> [Int] {
        guard keys.count <= 8, Set(keys).count == keys.count else { throw .key(path: keys.joined(separator: ","), reason: "name up to 8 different fields") }
        var numbers: [Int] = []
        for key in keys {
            guard let field = root.field(named: key) else { throw .key(path: key, reason: "the record has no field of this name") }
            guard case .scalar(let scalar) = field.type, !field.isRepeated, scalar == .string || scalar.isInteger else {
                throw .key(path: key, reason: "a key is a single string or whole number; choose another field")
            }
            numbers.append(field.number)
        }
        return numbers
    }

    private func checkLabels() throws(RedactionFault) {
        for leaf in leaves {
            let path = leaf.path.description
            if let canon = leaf.label.canon {
                guard case .scalar(.string) = leaf.type else {
                    throw .label(path: path, reason: "canon \(canon.rawValue) reads text and the field is not a string; remove canon")
                }
                // Real numbers and invented ones must never meet in one dataset: a join would then mix people with examples.
                if canon == .ninoDemo, !isSynthetic {
                    throw .label(path: path, reason: "nino.demo.v1 is for synthetic datasets; use nino.v1, or mark the dataset synthetic")
                }
                if canon == .nino, isSynthetic {
                    throw .label(path: path, reason: "a synthetic dataset holds demonstration numbers; use nino.demo.v1")
                }
            }
            if leaf.label.role == .freeText, case .scalar(.string) = leaf.type { continue }
            if leaf.label.role == .freeText { throw .label(path: path, reason: "free-text is for strings; choose another role") }
        }
    }
}

/// Copies a message with the labels written into its fields as annotations.
private enum LabelWriter {
    static func annotate(
        _ message: MessageSchema, at prefix: [String], labels: [FieldPath: Sensitivity], unused: inout [FieldPath: Sensitivity]
    ) throws(SchemaFault) -> MessageSchema {
        var fields: [FieldSchema] = []
        for field in message.fields {
            let names = prefix + [field.name]
            guard let path = FieldPath(names: names) else { throw .name(names.joined(separator: ".")) }
            switch field.type {
            case .message(let child):
                let type = FieldType.message(try annotate(child, at: names, labels: labels, unused: &unused))
                fields.append(try FieldSchema(number: field.number, name: field.name, type: type, cardinality: field.cardinality))
            case .map(let key, .message(let child)):
                let value = FieldType.message(try annotate(child, at: names + ["value"], labels: labels, unused: &unused))
                unused.removeValue(forKey: path)
                fields.append(
                    try FieldSchema(
                        number: field.number, name: field.name, type: .map(key: key, value: value), cardinality: .repeated,
                        annotation: labels[path]?.canonicalBytes ?? []))
            case .scalar, .enumeration, .map:
                unused.removeValue(forKey: path)
                fields.append(try field.annotated(labels[path]?.canonicalBytes ?? []))
            }
        }
        return try message.with(fields: fields, annotation: [])
    }
}

/// Lists leaves depth first.
private enum LeafCollector {
    static func leaves(of root: MessageSchema) throws(RedactionFault) -> [DatasetSchema.Leaf] {
        var leaves: [DatasetSchema.Leaf] = []
        for field in root.fields { try collect(field, at: [], top: field.number, into: &leaves) }
        return leaves
    }

    private static func collect(
        _ field: FieldSchema, at prefix: [String], top: Int, into leaves: inout [DatasetSchema.Leaf]
    ) throws(RedactionFault) {
        let names = prefix + [field.name]
        let text = names.joined(separator: ".")
        let label = field.annotation.isEmpty ? Sensitivity.unlabelled : try Sensitivity(canonicalBytes: field.annotation, path: text)
        switch field.type {
        case .message(let message):
            guard field.annotation.isEmpty else { throw .label(path: text, reason: "a message has no label; label its fields") }
            for child in message.fields { try collect(child, at: names, top: top, into: &leaves) }
        case .map(let key, let value):
            try append(names + ["key"], .scalar(key), label, top, to: &leaves)
            if case .message(let message) = value {
                for child in message.fields { try collect(child, at: names + ["value"], top: top, into: &leaves) }
            } else {
                try append(names + ["value"], value, label, top, to: &leaves)
            }
        case .scalar, .enumeration:
            try append(names, field.type, label, top, to: &leaves)
        }
    }

    private static func append(
        _ names: [String], _ type: FieldType, _ label: Sensitivity, _ top: Int, to leaves: inout [DatasetSchema.Leaf]
    ) throws(RedactionFault) {
        guard let path = FieldPath(names: names) else {
            throw .label(path: names.joined(separator: "."), reason: "the path passes 64 names; flatten the schema")
        }
        leaves.append(DatasetSchema.Leaf(path: path, type: type, label: label, topNumber: top))
    }
}
