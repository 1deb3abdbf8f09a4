import ProtobufWire
import Vocabulary

/// What a file's rows have in common: the record schema that holds them all.
package struct InferredSchema: Hashable, Sendable {
    /// Fields numbered in the order of their first appearance, all with explicit presence. Labels are not part of it.
    package let root: MessageSchema
    /// What the values of each leaf look like, for a person who has to label them.
    package let kinds: [FieldPath: ValueKind]
    /// Where each leaf that has a value came to be of its kind.
    package let changes: [FieldPath: KindChange]
    package let rows: UInt64
}

/// Infers a schema by reading a whole file once.
package enum SchemaInference {
    /// Throws `SourceFault` naming line, field, fault and remedy where the file is malformed or its rows do not fit one schema. `progress` gets
    /// how many bytes of the file have been read, of how many.
    package static func infer(
        path: String, limits: SourceLimits = .standard, progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws(SourceFault) -> InferredSchema {
        switch try FileFormat.of(path) {
        case .csv: try csv(path, limits, progress)
        case .jsonLines: try jsonLines(path, limits, progress)
        }
    }

    private static func csv(_ path: String, _ limits: SourceLimits, _ progress: (UInt64, UInt64) -> Void) throws(SourceFault) -> InferredSchema {
        var reader = try CSVReader(path: path, limits: limits)
        var seen = [SeenKinds](repeating: SeenKinds(), count: reader.names.count)
        var rows: UInt64 = 0
        while try reader.next() {
            rows += 1
            try check(rows, limits)
            for index in seen.indices {
                let field = reader.field(index)
                guard !field.isEmpty, !seen[index].kinds.isEmpty else { continue }
                seen[index].narrow(to: KindSet.of(field), line: reader.line)
            }
            if rows.isMultiple(of: 4_096) { progress(reader.file.position, reader.file.size) }
        }
        progress(reader.file.size, reader.file.size)
        guard rows > 0 else { throw .input(line: 1, field: "", fault: "the file has a header and no rows", remedy: "give it a line for each row") }
        let root = FieldNode()
        for (name, seen) in zip(reader.names, seen) { root.addChild(name, seen: seen) }
        return try schema(of: root, rows: rows)
    }

    private static func jsonLines(_ path: String, _ limits: SourceLimits, _ progress: (UInt64, UInt64) -> Void) throws(SourceFault) -> InferredSchema {
        var reader = try JSONLinesReader(path: path, limits: limits)
        let root = FieldNode()
        var rows: UInt64 = 0
        while let members = try reader.next() {
            rows += 1
            try check(rows, limits)
            try root.observe(members, at: [], line: reader.line, limits: limits)
            if rows.isMultiple(of: 1_024) { progress(reader.file.position, reader.file.size) }
        }
        progress(reader.file.size, reader.file.size)
        guard rows > 0 else { throw .input(line: 1, field: "", fault: "the file has no rows", remedy: "put one JSON object on each line") }
        return try schema(of: root, rows: rows)
    }

    private static func check(_ rows: UInt64, _ limits: SourceLimits) throws(SourceFault) {
        guard rows <= limits.maxRows else { throw .tooLarge(what: "rows of a file", limit: Int(limits.maxRows)) }
    }

    private static func schema(of root: FieldNode, rows: UInt64) throws(SourceFault) -> InferredSchema {
        var leaves: [FieldPath: FieldNode.Leaf] = [:]
        do throws(SchemaFault) {
            let message = try root.message(named: "Record", at: [], leaves: &leaves)
            return InferredSchema(root: message, kinds: leaves.mapValues(\.kind), changes: leaves.compactMapValues(\.change), rows: rows)
        } catch {
            throw .schema(error)
        }
    }
}

/// How a file is to be read, by its name: `.csv`, `.csv.gz`, `.jsonl`, `.jsonl.gz`.
package enum FileFormat: Hashable, Sendable {
    case csv
    case jsonLines

    package static func of(_ path: String) throws(SourceFault) -> FileFormat {
        let name = path.lowercased()
        let bare = name.hasSuffix(".gz") ? name.dropLast(3) : name[...]
        if bare.hasSuffix(".csv") { return .csv }
        if bare.hasSuffix(".jsonl") { return .jsonLines }
        throw .file(path: path, reason: "its name does not say what it is; end it in .csv, .csv.gz, .jsonl or .jsonl.gz")
    }
}
