import ProtobufWire
import Vocabulary

/// What a new schema of a dataset does to the fields of the live one. Agreements name a schema by its digest, so that any difference stops
/// them; a field that vanishes cannot be had again by an amendment.
package struct SchemaDifference: Hashable, Sendable {
    package enum Change: Hashable, Sendable {
        case removed
        /// Another type, or now repeated, or so no longer; both as a `.proto` file names them.
        case retyped(from: String, to: String)
        case relabelled
        case added
    }

    package struct FieldChange: Hashable, Sendable {
        package let path: FieldPath
        package let change: Change
    }

    /// One for each leaf that differs, by path.
    package let fields: [FieldChange]
    /// True where the schemas differ in what no field shows: names of messages, numbers, keys, or whether it is synthetic or strict.
    package let isElsewhere: Bool

    package init(from live: DatasetSchema, to next: DatasetSchema) {
        let before = SchemaDifference.faces(live)
        let after = SchemaDifference.faces(next)
        var changes: [FieldChange] = []
        for path in Set(before.keys).union(after.keys).sorted() {
            let change: Change
            switch (before[path], after[path]) {
            case (let old?, let new?) where old.type != new.type || old.isRepeated != new.isRepeated:
                change = .retyped(from: old.name, to: new.name)
            case (let old?, let new?) where old.label != new.label: change = .relabelled
            case (_?, nil): change = .removed
            case (nil, _?): change = .added
            case (_?, _?), (nil, nil): continue
            }
            changes.append(FieldChange(path: path, change: change))
        }
        fields = changes
        isElsewhere = changes.isEmpty && live.digest != next.digest
    }

    /// Whether the schemas have one digest.
    package var isEmpty: Bool { fields.isEmpty && !isElsewhere }

    /// Paths of the leaves that the new schema does not have.
    package var removed: [FieldPath] {
        fields.filter { $0.change == .removed }.map(\.path)
    }

    /// Paths of the leaves that the new schema has with another type.
    package var retyped: [FieldPath] {
        fields.compactMap { field in
            if case .retyped = field.change { field.path } else { nil }
        }
    }

    private struct Face {
        let type: FieldType
        let isRepeated: Bool
        let label: Sensitivity

        var name: String { (isRepeated ? "repeated " : "") + type.protoName }
    }

    private static func faces(_ schema: DatasetSchema) -> [FieldPath: Face] {
        var faces: [FieldPath: Face] = [:]
        for leaf in schema.leaves {
            faces[leaf.path] = Face(type: leaf.type, isRepeated: schema.isRepeated(leaf.path), label: leaf.label)
        }
        return faces
    }
}

extension SchemaDifference.Change: CustomStringConvertible {
    /// Said of the field, such as `would vanish`.
    package var description: String {
        switch self {
        case .removed: "would vanish"
        // An enum of the same name with other values.
        case .retyped(let from, let to) where from == to: "would have other values of its type \(to)"
        case .retyped(let from, let to): "would change its type from \(from) to \(to)"
        case .relabelled: "would have another label"
        case .added: "would be new"
        }
    }
}

extension DatasetSchema {
    /// Whether the field or a message above it may occur several times.
    package func isRepeated(_ path: FieldPath) -> Bool {
        var message = root
        for name in path.names {
            guard let field = message.field(named: name) else { return true }
            if field.isRepeated { return true }
            guard case .message(let child) = field.type else { return false }
            message = child
        }
        return false
    }
}
