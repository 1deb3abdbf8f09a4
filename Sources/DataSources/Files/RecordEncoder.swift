import ProtobufWire

/// Turns rows of text into canonical wire bytes of a schema. Errors name the line, the field, the fault and the remedy, never the value.
struct RecordEncoder {
    private let schema: MessageSchema
    private let limits: SourceLimits
    /// For each field of the schema in ascending order: its place in a CSV row, or nil.
    private let places: [Int?]

    init(_ schema: MessageSchema, columns: [String], limits: SourceLimits) throws(SourceFault) {
        self.schema = schema
        self.limits = limits
        places = schema.fields.map { field in columns.firstIndex(of: field.name) }
        for name in columns {
            guard let field = schema.field(named: name) else {
                throw .input(line: 1, field: name, fault: "the dataset's schema has no such field", remedy: "remove the column, or import under a new schema")
            }
            guard !field.isRepeated, SourceColumn(field).storage != .encoded else {
                throw .input(line: 1, field: name, fault: "it holds a list or an object, which CSV cannot", remedy: "use JSON lines")
            }
        }
    }

    /// The current row of a CSV file. An empty field is absent.
    func encode(_ row: CSVReader) throws(SourceFault) -> [UInt8] {
        var bytes: [UInt8] = []
        for (field, place) in zip(schema.fields, places) {
            guard let place else { continue }
            let text = row.field(place)
            guard !text.isEmpty else { continue }
            do throws(Refusal) {
                try check(text.count)
                guard case .scalar(.string) = field.type else {
                    let number = try number(String(decoding: text, as: UTF8.self), field.type)
                    if field.hasPresence || number != 0 { append(field, number, to: &bytes) }
                    continue
                }
                append(field, text, to: &bytes)
            } catch {
                throw .input(line: row.line, field: field.name, fault: error.fault, remedy: error.remedy)
            }
        }
        return bytes
    }

    /// An object of a line of JSON. Null is absent.
    func encode(_ members: [JSONValue.Member], line: Int) throws(SourceFault) -> [UInt8] {
        var bytes: [UInt8] = []
        try encode(members, as: schema, at: [], line: line, into: &bytes)
        return bytes
    }

    private func encode(
        _ members: [JSONValue.Member], as schema: MessageSchema, at path: [String], line: Int, into bytes: inout [UInt8]
    ) throws(SourceFault) {
        for member in members where schema.field(named: member.name) == nil {
            let field = path.joined(separator: ".")
            throw .input(line: line, field: field, fault: "the object has a name that the schema does not have", remedy: "remove it, or import under a new schema")
        }
        for field in schema.fields {
            guard let value = members.first(where: { $0.name == field.name })?.value, value != .null else { continue }
            let below = path + [field.name]
            guard field.isRepeated else {
                try encode(value, field, at: below, line: line, into: &bytes)
                continue
            }
            guard case .list(let values) = value else {
                throw .input(
                    line: line, field: below.joined(separator: "."), fault: "it is \(value.kind) and the schema has a list", remedy: "write a list")
            }
            try encode(values, field, at: below, line: line, into: &bytes)
        }
    }

    private func encode(
        _ values: [JSONValue], _ field: FieldSchema, at path: [String], line: Int, into bytes: inout [UInt8]
    ) throws(SourceFault) {
        guard case .scalar(let scalar) = field.type, scalar.isPackable else {
            for value in values { try encode(value, field, at: path, line: line, into: &bytes) }
            return
        }
        guard !values.isEmpty else { return }
        var packed: [UInt8] = []
        for value in values {
            do throws(Refusal) {
                packed.append(try number(try text(value, field.type), field.type), as: scalar.wireType)
            } catch {
                throw .input(line: line, field: path.joined(separator: "."), fault: error.fault, remedy: error.remedy)
            }
        }
        append(field, packed[...], to: &bytes)
    }

    private func encode(
        _ value: JSONValue, _ field: FieldSchema, at path: [String], line: Int, into bytes: inout [UInt8]
    ) throws(SourceFault) {
        if case .message(let child) = field.type {
            guard case .object(let members) = value else {
                throw .input(line: line, field: path.joined(separator: "."), fault: "it is \(value.kind) and the schema has an object", remedy: "write an object")
            }
            var inner: [UInt8] = []
            try encode(members, as: child, at: path, line: line, into: &inner)
            append(field, inner[...], to: &bytes)
            return
        }
        do throws(Refusal) {
            let text = try text(value, field.type)
            if case .scalar(.string) = field.type {
                try check(text.utf8.count)
                if field.hasPresence || field.isRepeated || !text.isEmpty { append(field, Array(text.utf8)[...], to: &bytes) }
            } else {
                let number = try number(text, field.type)
                if field.hasPresence || number != 0 { append(field, number, to: &bytes) }
            }
        } catch {
            throw .input(line: line, field: path.joined(separator: "."), fault: error.fault, remedy: error.remedy)
        }
    }

    private struct Refusal: Error {
        let fault: String
        let remedy: String
    }

    private func check(_ count: Int) throws(Refusal) {
        // Tag and length of the field take up to six bytes of its bound.
        guard count <= limits.maxFieldBytes - 6 else {
            throw Refusal(fault: "it has more than \(limits.maxFieldBytes - 6) bytes", remedy: "shorten it")
        }
    }

    /// The text of a JSON scalar that is of the kind that the type wants.
    private func text(_ value: JSONValue, _ type: FieldType) throws(Refusal) -> String {
        let wanted: String
        switch (type, value) {
        case (.scalar(.string), .string(let text)), (.enumeration, .string(let text)): return text
        case (.scalar(.bool), .bool(let value)): return value ? "true" : "false"
        case (.scalar(let scalar), .number(let text)) where scalar.isInteger || scalar == .double || scalar == .float: return text
        case (.scalar(.string), .number(let text)): return text
        case (.scalar(let scalar), _): wanted = "a \(scalar.name)"
        case (.enumeration, _): wanted = "the name of an enum value"
        case (.message, _), (.map, _): wanted = "an object"
        }
        throw Refusal(fault: "it is \(value.kind) and the schema has \(wanted)", remedy: "correct the value, or import under a new schema")
    }

    /// The wire bits of a number, bool or enum given as text.
    private func number(_ text: String, _ type: FieldType) throws(Refusal) -> UInt64 {
        switch type {
        case .scalar(.bool):
            guard text == "true" || text == "false" else { throw Refusal(fault: "it is not a bool", remedy: "write true or false") }
            return text == "true" ? 1 : 0
        case .scalar(.double):
            guard let value = Double(text), value.isFinite, isNumber(text) else { throw Refusal(fault: "it is not a number", remedy: "write digits with a point") }
            return value == 0 ? 0 : value.bitPattern
        case .scalar(.float):
            guard let value = Float(text), value.isFinite, isNumber(text) else { throw Refusal(fault: "it is not a number", remedy: "write digits with a point") }
            return value == 0 ? 0 : UInt64(value.bitPattern)
        case .enumeration(let enumeration):
            guard let number = enumeration.number(of: text) else {
                throw Refusal(fault: "the enum \(enumeration.name) has no such value", remedy: "write one of its names")
            }
            return UInt64(bitPattern: Int64(number))
        case .scalar(let scalar) where scalar.isInteger:
            guard let stored = scalar.integer(text) else {
                throw Refusal(fault: "it is not a whole number in the range of \(scalar.name)", remedy: "write digits without leading zeros")
            }
            return scalar.bits(stored)
        case .scalar, .message, .map:
            throw Refusal(fault: "the schema has a type that a text file cannot hold", remedy: "leave the field out, or import under a new schema")
        }
    }

    /// `Double` would also take hexadecimal, `inf` and `nan`.
    private func isNumber(_ text: String) -> Bool { text.utf8.allSatisfy { KindSet.isDigit($0) || "-+.eE".utf8.contains($0) } }

    private func append(_ field: FieldSchema, _ bits: UInt64, to bytes: inout [UInt8]) {
        let type: WireType
        if case .scalar(let scalar) = field.type { type = scalar.wireType } else { type = .varint }
        bytes.append(varint: UInt64(field.number) << 3 | UInt64(type.rawValue))
        bytes.append(bits, as: type)
    }

    private func append(_ field: FieldSchema, _ content: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(varint: UInt64(field.number) << 3 | UInt64(WireType.length.rawValue))
        bytes.append(varint: UInt64(content.count))
        bytes.append(contentsOf: content)
    }
}
