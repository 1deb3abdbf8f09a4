import ProtobufWire

/// A leaf of which a released record shows without its source whether it is what a run makes: a `constant` is that constant, and what answers for absent
/// values too stands in every record.
struct KnownLeaf: Sendable {
    private enum Value {
        case number(UInt64)
        case text([UInt8])
    }

    /// The field's place in its message, for each message on the way, in the output schema.
    private let places: [Int]
    /// Nil where the value is the record's: yes or no.
    private let value: Value?
    private let isOwed: Bool

    static func leaves(of program: RedactionProgram) -> [KnownLeaf] {
        program.rules.compactMap { KnownLeaf($0, in: program.outputSchema.root) }
    }

    private init?(_ rule: ReleaseRule, in root: MessageSchema) {
        isOwed = rule.transform.answersAbsence
        var constant: Constant?
        if case .constant(let kind) = rule.transform.kind { constant = kind }
        guard isOwed || constant != nil else { return nil }
        var places: [Int] = []
        var type = FieldType.message(root)
        for name in rule.path.names {
            guard let message = KnownLeaf.message(in: type), let place = message.fields.firstIndex(where: { $0.name == name }) else {
                preconditionFailure("a leaf that leaves is in the output schema")
            }
            places.append(place)
            type = message.fields[place].type
        }
        self.places = places
        value = constant.map { KnownLeaf.value(of: $0, in: type) }
    }

    private static func message(in type: FieldType) -> MessageSchema? {
        switch type {
        case .message(let message): return message
        case .map(let key, let value):
            do throws(SchemaFault) {
                let field = try FieldSchema(number: 1, name: "entry", type: type, cardinality: .repeated)
                return try MessageSchema.mapEntry(of: field, key: key, value: value)
            } catch {
                preconditionFailure("the entry of a valid map field is valid: \(error)")
            }
        case .scalar, .enumeration: return nil
        }
    }

    private static func value(of constant: Constant, in type: FieldType) -> Value {
        do throws(Transform.Unfit) {
            return try constant.number(in: type).map(Value.number) ?? .text(Array(constant.value.utf8))
        } catch {
            preconditionFailure("the compiler refuses what does not fit: \(error.reason)")
        }
    }

    /// Whether a record in the output schema, of which `scan` is, shows it as a run writes it.
    func isShown(in record: [UInt8], _ scan: borrowing RecordScan, _ layout: RecordLayout) -> Bool {
        isShown(record, scan, layout, level: 0, table: 0, base: 0)
    }

    private func isShown(_ record: [UInt8], _ scan: borrowing RecordScan, _ layout: RecordLayout, level: Int, table: Int, base: Int) -> Bool {
        let place = places[level]
        let child = layout.rows[layout.tables[table].firstRow + place].child
        var index = scan.slots[base + place]
        guard index >= 0 else { return !isOwed }
        while index >= 0 {
            let occurrence = scan.occurrences[Int(index)]
            index = occurrence.previous
            let isMet =
                if level < places.count - 1 {
                    isShown(record, scan, layout, level: level + 1, table: child, base: Int(occurrence.value))
                } else {
                    matches(occurrence.value, record)
                }
            guard isMet else { return false }
        }
        return true
    }

    private func matches(_ found: UInt64, _ record: [UInt8]) -> Bool {
        switch value {
        case nil: return true
        case .number(let number): return found == number
        case .text(let text):
            let start = Int(found >> 32)
            return record[start..<start + Int(found & 0xffff_ffff)].elementsEqual(text)
        }
    }
}
