import ProtobufWire

/// A schema as tables for the walk over wire bytes: one table for each place in the record where a message stands, one row for each field there.
/// A message type that is used in two places has two tables, because rules are by path.
struct RecordLayout: Sendable {
    /// What the walk must know about a field at one place. Plain values only, so that reading one touches no reference count.
    struct Row: Sendable {
        var number: Int
        /// The canonical tag, for a packed field that of the whole.
        var tag: UInt64
        var content: Content
        /// For enums `int32`; for messages unused.
        var scalar: ScalarType
        var isRepeated: Bool
        var isPacked: Bool
        /// Whether a default value is written when the source holds it.
        var hasPresence: Bool
        var isMap: Bool
        /// Key or value of a map entry: always written, also as default.
        var isMapMember: Bool
        /// Index into `enums`, or -1.
        var enumeration: Int
        /// Table of the sub-message, or -1.
        var child: Int
        /// The other members of its oneof: a range of `siblings`.
        var siblingStart: Int
        var siblingCount: Int
        /// Place among the leaves of the schema, or -1 for messages.
        var leaf: Int
        /// False for the record's own fields that are withheld: their content is not looked at.
        var isRead: Bool
        var action: Action
        /// Index into the program's transforms, or -1.
        var transform: Int
        /// A value that is invalid or cannot be transformed withholds the record.
        var failsRecord: Bool
        /// Something leaves also where the source holds nothing; of a message: inside it.
        var answersAbsence: Bool
    }

    /// How one value stands on the wire.
    enum Content: UInt8, Sendable {
        case varint
        case fixed64
        case fixed32
        case text
        case bytes
        case message

        var wireType: WireType {
            switch self {
            case .varint: .varint
            case .fixed64: .fixed64
            case .fixed32: .fixed32
            case .text, .bytes, .message: .length
            }
        }
    }

    /// What happens to a field on its way out. A sub-message is always descended into: there is no copy of a message as a whole, since that would
    /// let its unknown fields pass.
    enum Action: UInt8, Sendable {
        case drop = 0
        case copy = 1
        case descend = 2
        case transform = 3
    }

    struct Table: Sendable {
        let firstRow: Int
        let rowCount: Int
        /// Where in `direct` the rows for numbers 0...255 are listed.
        let direct: Int
    }

    private(set) var tables: [Table] = []
    var rows: [Row] = []
    /// Row index by field number for numbers under 256, -1 where there is none; 256 for each table.
    private var direct: [Int32] = []
    private(set) var siblings: [Int] = []
    private(set) var enums: [EnumSchema] = []

    /// Every row is dropped at first.
    init(_ root: MessageSchema) {
        var leaf = 0
        _ = addTable(root, isEntry: false, leaf: &leaf)
    }

    private static let directNumbers = 256

    private mutating func addTable(_ message: MessageSchema, isEntry: Bool, leaf: inout Int) -> Int {
        let index = tables.count
        let first = rows.count
        let table = Table(firstRow: first, rowCount: message.fields.count, direct: direct.count)
        tables.append(table)
        direct.append(contentsOf: repeatElement(-1, count: RecordLayout.directNumbers))
        for (offset, field) in message.fields.enumerated() {
            if field.number < RecordLayout.directNumbers { direct[table.direct + field.number] = Int32(first + offset) }
            var row = RecordLayout.row(for: field)
            row.isMapMember = isEntry
            if case .enumeration(let enumeration) = field.type {
                row.enumeration = enums.count
                enums.append(enumeration)
            }
            if case .oneof = field.cardinality {
                row.siblingStart = siblings.count
                for (other, sibling) in message.fields.enumerated() where other != offset && sibling.cardinality == field.cardinality {
                    siblings.append(first + other)
                }
                row.siblingCount = siblings.count - row.siblingStart
            }
            rows.append(row)
        }
        // Children come after all rows of their parent, so that a table's rows are contiguous.
        for (offset, field) in message.fields.enumerated() {
            switch field.type {
            case .scalar, .enumeration:
                rows[first + offset].leaf = leaf
                leaf += 1
            case .message(let child):
                rows[first + offset].child = addTable(child, isEntry: false, leaf: &leaf)
            case .map(let key, let value):
                rows[first + offset].child = addEntryTable(of: field, key: key, value: value, leaf: &leaf)
            }
        }
        return index
    }

    private mutating func addEntryTable(of field: FieldSchema, key: ScalarType, value: FieldType, leaf: inout Int) -> Int {
        do throws(SchemaFault) {
            return addTable(try MessageSchema.mapEntry(of: field, key: key, value: value), isEntry: true, leaf: &leaf)
        } catch {
            preconditionFailure("the entry of a valid map field is valid: \(error)")
        }
    }

    private static func row(for field: FieldSchema) -> Row {
        let scalar: ScalarType
        let content: Content
        switch field.type {
        case .scalar(let type):
            scalar = type
            switch type.wireType {
            case .varint: content = .varint
            case .fixed64: content = .fixed64
            case .fixed32: content = .fixed32
            case .length: content = type == .string ? .text : .bytes
            }
        case .enumeration:
            scalar = .int32
            content = .varint
        case .message, .map:
            scalar = .bytes
            content = .message
        }
        var isMap = false
        if case .map = field.type { isMap = true }
        let isPacked = field.isRepeated && content.wireType != .length
        let wireType = isPacked ? WireType.length : content.wireType
        return Row(
            number: field.number, tag: UInt64(field.number) << 3 | UInt64(wireType.rawValue), content: content, scalar: scalar,
            isRepeated: field.isRepeated, isPacked: isPacked, hasPresence: field.hasPresence, isMap: isMap, isMapMember: false, enumeration: -1,
            child: -1, siblingStart: 0, siblingCount: 0, leaf: -1, isRead: true, action: .drop, transform: -1, failsRecord: false, answersAbsence: false)
    }

    /// The row of a field number in a table, or -1.
    func row(of number: Int, in table: Table) -> Int {
        if number < RecordLayout.directNumbers { return Int(direct[table.direct + number]) }
        var low = table.firstRow
        var high = table.firstRow + table.rowCount
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].number == number { return middle }
            if rows[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return -1
    }
}
