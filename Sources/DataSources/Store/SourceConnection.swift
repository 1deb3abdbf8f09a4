import Cryptography
import Foundation
import GRDBSQLite
import ProtobufWire

/// One published revision, open for reading. Belongs to one thread; that thread may block.
package final class SourceConnection {
    package let layout: SourceLayout
    package let rows: UInt64
    /// Position of the last row.
    private let end: UInt64
    private let name: String
    private let file: SQLiteFile
    private let limits: SourceLimits
    /// Prepared reads, so that the same question with other values is parsed once. The one used last is last.
    private var plans: [ReadPlan] = []
    private static let maxPlans = 64

    init(_ name: String, layout: SourceLayout, folder: SourceFolder) throws(SourceFault) {
        let path = try folder.location(name)
        guard FileManager.default.fileExists(atPath: path) else { throw .mismatch(file: name, reason: "it does not exist") }
        self.name = name
        self.layout = layout
        limits = folder.limits
        do throws(SourceFault) {
            file = try SQLiteFile(reading: path)
            let expected = "SELECT count(*), max(rows) FROM revision WHERE fingerprint = x'\(layout.fingerprint.hex)'"
            guard let found = try file.integers(expected), found[0] == 1 else {
                throw .mismatch(file: name, reason: "its columns are not those of the dataset's schema")
            }
            rows = UInt64(found[1])
            end = UInt64(try file.integer("SELECT max(rowid) FROM records") ?? 0)
        } catch {
            throw SourceConnection.named(error, name)
        }
    }

    /// Looks at every page of the file. Takes as long as reading all of it does.
    package func requireStructure() throws(SourceFault) {
        let isSound: Bool
        do throws(SourceFault) { isSound = try file.isSound() } catch { throw SourceConnection.named(error, name) }
        guard isSound else { throw .mismatch(file: name, reason: "it is damaged") }
    }

    /// A damaged file is named: a result code alone says neither which file nor what to do.
    private static func named(_ fault: SourceFault, _ name: String) -> SourceFault {
        guard case .database(let code) = fault, [SQLITE_CORRUPT, SQLITE_NOTADB].contains(code & 0xff) else { return fault }
        return .mismatch(file: name, reason: "it is damaged")
    }

    /// Reads the next rows in the order in which they were imported into `page`, which is cleared first. Asks SQLite for the query's fields and
    /// no others. Stops early at `SourceLimits.maxPageBytes`, after at least one record, and at `SourceLimits.maxStepsForPage`, be it without any.
    package func read(_ query: SourceQuery, into page: inout SourcePage) throws(SourceFault) {
        do throws(SourceFault) { try readPieces(query, into: &page) } catch { throw SourceConnection.named(error, name) }
    }

    private func readPieces(_ query: SourceQuery, into page: inout SourcePage) throws(SourceFault) {
        page.clear()
        guard query.limit >= 1, query.limit <= limits.maxPageRecords else {
            throw .tooLarge(what: "records of a page, or fewer than 1", limit: limits.maxPageRecords)
        }
        guard query.conditions.count <= limits.maxConditions else { throw .tooLarge(what: "conditions", limit: limits.maxConditions) }
        guard !query.conditions.contains(where: { $0.values.isEmpty }), query.after <= UInt64(Int64.max) else { return }
        let plan = try plan(for: query)
        // Where an index finds exactly the rows that are asked for, every row that is looked at is one of them.
        let exact = isExact(query)
        var stride = exact ? end : limits.rowsBetweenCounts
        page.reached = query.after
        repeat {
            let last = page.reached + min(stride, end - min(page.reached, end))
            let before = page.count
            guard try read(query, by: plan, upTo: last, into: &page) else { return }
            page.reached = last
            page.hasMore = last < end
            // A row that is looked at costs some five steps: the widest stride stays within the bound even if all its rows are.
            if page.count == before, !exact { stride = min(2 * stride, max(limits.rowsBetweenCounts, UInt64(limits.maxStepsForPage / 5))) }
        } while page.hasMore && page.steps < limits.maxStepsForPage
    }

    /// Whether one index alone answers the query.
    private func isExact(_ query: SourceQuery) -> Bool {
        query.conditions.allSatisfy { $0.values.count == 1 }
            && (query.conditions.count <= 1 || query.conditions.contains { $0.number == layout.key?.number })
    }

    /// Reads the rows up to a position. False where the page is full.
    private func read(_ query: SourceQuery, by plan: ReadPlan, upTo last: UInt64, into page: inout SourcePage) throws(SourceFault) -> Bool {
        // Stepped without entering GRDB's queue, which costs more than the read: the connection is this thread's alone, and nothing else uses it
        // between two calls.
        defer {
            page.steps += plan.statement.takeSteps()
            plan.statement.reset()
        }
        plan.bind(query, after: page.reached, upTo: last)
        while try plan.statement.step() {
            guard page.count < query.limit, page.bytes.count < limits.maxPageBytes else {
                page.hasMore = true
                page.reached = page.positions.last ?? page.reached
                return false
            }
            page.append { plan.encodeRow(into: &$0) }
            page.endRecord(at: UInt64(plan.statement.integer(0)))
            if query.naming != nil { page.name(plan.name) }
        }
        return true
    }

    private func plan(for query: SourceQuery) throws(SourceFault) -> ReadPlan {
        if let index = plans.lastIndex(where: { $0.answers(query) }) {
            if index != plans.count - 1 { plans.append(plans.remove(at: index)) }
            return plans[plans.count - 1]
        }
        let plan = try prepared(query)
        if plans.count >= SourceConnection.maxPlans { plans.removeFirst() }
        plans.append(plan)
        return plan
    }

    private func prepared(_ query: SourceQuery) throws(SourceFault) -> ReadPlan {
        var columns: [SourceColumn] = []
        for number in query.fields { columns.append(try column(number)) }
        let naming = try query.naming.map { number throws(SourceFault) in try column(number) }
        var next = 1
        var clauses: [String] = []
        for condition in query.conditions {
            guard let field = layout.root.field(number: condition.number), layout.isIndexed(field) else {
                throw .condition(field: String(condition.number), fault: "it is neither the key nor a filter field of the dataset")
            }
            let places = condition.values.indices.map { "?\(next + $0)" }
            next += places.count
            clauses.append(places.count == 1 ? "f\(field.number) = \(places[0])" : "f\(field.number) IN (\(places.joined(separator: ", ")))")
        }
        clauses.append("rowid > ?\(next) AND rowid <= ?\(next + 1)")
        let names = ["rowid"] + (columns + (naming.map { [$0] } ?? [])).map { "f\($0.field.number)" }
        // No LIMIT: the reader stops by itself, by count or by size, and sees whether there is more.
        let sql = "SELECT \(names.joined(separator: ", ")) FROM records WHERE \(clauses.joined(separator: " AND ")) ORDER BY rowid"
        return ReadPlan(statement: try file.prepare(sql), columns: columns, naming: naming, query: query)
    }

    private func column(_ number: Int) throws(SourceFault) -> SourceColumn {
        guard let column = layout.columns.first(where: { $0.field.number == number }) else {
            throw .condition(field: String(number), fault: "the record has no field of this number")
        }
        return column
    }
}

/// A prepared read and how to turn its row into wire bytes.
private final class ReadPlan {
    private struct Column {
        let tag: [UInt8]
        let storage: SourceColumn.Storage
    }

    let statement: SQLiteStatement
    private let columns: [Column]
    /// The column behind all others that names whom a record is about.
    private let naming: SourceColumn?
    private let fields: [Int]
    /// Which fields are tested, and against how many values.
    private let tests: [(number: Int, values: Int)]

    init(statement: SQLiteStatement, columns: [SourceColumn], naming: SourceColumn?, query: SourceQuery) {
        self.statement = statement
        self.naming = naming
        fields = query.fields
        tests = query.conditions.map { ($0.number, $0.values.count) }
        self.columns = columns.map { column in
            var tag: [UInt8] = []
            tag.append(varint: UInt64(column.field.number) << 3 | UInt64(column.storage.wireType.rawValue))
            return Column(tag: tag, storage: column.storage)
        }
    }

    /// Whether the query is this one but for its values.
    func answers(_ query: SourceQuery) -> Bool {
        fields == query.fields && naming?.field.number == query.naming && tests.count == query.conditions.count
            && zip(tests, query.conditions).allSatisfy { $0.number == $1.number && $0.values == $1.values.count }
    }

    func bind(_ query: SourceQuery, after: UInt64, upTo last: UInt64) {
        var index = 1
        for condition in query.conditions {
            for value in condition.values {
                switch value {
                case .integer(let number): statement.bind(index, number)
                case .text(let text): statement.bind(index, copying: text)
                }
                index += 1
            }
        }
        statement.bind(index, Int64(after))
        statement.bind(index + 1, Int64(last))
    }

    /// Appends the row's record: fields ascend because the query's do.
    func encodeRow(into bytes: inout [UInt8]) {
        for (index, column) in columns.enumerated() where !statement.isNull(index + 1) {
            switch column.storage {
            case .encoded: append(index + 1, to: &bytes)
            case .text, .bytes:
                bytes.append(contentsOf: column.tag)
                appendWithLength(index + 1, to: &bytes)
            case .enumeration:
                bytes.append(contentsOf: column.tag)
                bytes.append(varint: UInt64(bitPattern: statement.integer(index + 1)))
            case .integer(let scalar):
                bytes.append(contentsOf: column.tag)
                bytes.append(scalar.bits(statement.integer(index + 1)), as: scalar.wireType)
            case .real(let scalar):
                bytes.append(contentsOf: column.tag)
                let value = statement.real(index + 1)
                bytes.append(scalar == .float ? UInt64(Float(value).bitPattern) : value.bitPattern, as: scalar.wireType)
            }
        }
    }

    /// Whom the row's record is about, as a search by key spells it; nil where the row does not say.
    var name: [UInt8]? {
        let column = columns.count + 1
        guard let naming, !statement.isNull(column) else { return nil }
        var text: [UInt8] = []
        switch naming.storage {
        case .text: append(column, to: &text)
        case .integer(let scalar): text.append(contentsOf: scalar.text(statement.integer(column)).utf8)
        // Nobody is named by one of a few values, by a real number or by a message.
        case .enumeration, .real, .bytes, .encoded: return nil
        }
        return text
    }

    private func append(_ column: Int, to bytes: inout [UInt8]) {
        // Invariant: the buffer is SQLite's until the next step and is copied from before that.
        unsafe statement.withBytes(column) { unsafe bytes.append(contentsOf: $0) }
    }

    private func appendWithLength(_ column: Int, to bytes: inout [UInt8]) {
        // Invariant: the buffer is SQLite's until the next step and is copied from before that.
        unsafe statement.withBytes(column) { buffer in
            bytes.append(varint: UInt64(buffer.count))
            unsafe bytes.append(contentsOf: buffer)
        }
    }
}

extension SourceColumn.Storage {
    /// Of the tag that reading has to put in front; encoded columns have theirs already.
    fileprivate var wireType: WireType {
        switch self {
        case .integer(let scalar), .real(let scalar): scalar.wireType
        case .enumeration: .varint
        case .text, .bytes, .encoded: .length
        }
    }
}

extension [UInt8] {
    mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    /// A number as its wire type writes it.
    mutating func append(_ bits: UInt64, as type: WireType) {
        switch type {
        case .varint: append(varint: bits)
        case .fixed64: for shift in 0..<8 { append(UInt8(truncatingIfNeeded: bits >> (8 * UInt64(shift)))) }
        case .fixed32: for shift in 0..<4 { append(UInt8(truncatingIfNeeded: bits >> (8 * UInt64(shift)))) }
        case .length: preconditionFailure("a number has no length")
        }
    }
}
