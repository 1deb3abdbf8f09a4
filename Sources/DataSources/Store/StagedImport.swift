import Cryptography
import Foundation
import Glibc
import ProtobufWire
import Vocabulary

/// One import under way: a file of its own that nobody reads, filled batch by batch, which gets its final name when it is complete and on
/// disk. Confined to the importer's thread.
final class StagedImport {
    let layout: SourceLayout
    private(set) var rows: UInt64 = 0
    /// When the last batch came.
    private(set) var touched: Timestamp
    private let folder: SourceFolder
    private let dataset: DatasetID
    private let identifier: [UInt8]
    private let path: String
    private let file: SQLiteFile
    /// Nil once the file is complete: SQLite does not close a file that has statements.
    private var insert: SQLiteStatement?
    /// Of each batch so far, to tell the same batch sent again from another one under its number.
    private var batches: [Digest] = []
    private var values: [ColumnValue] = []

    private enum ColumnValue {
        case null
        case integer(Int64)
        case real(Double)
        case text(Range<Int>)
        case blob(Range<Int>)
    }

    init(_ identifier: [UInt8], dataset: DatasetID, layout: SourceLayout, folder: SourceFolder, now: Timestamp) throws(SourceFault) {
        self.identifier = identifier
        self.dataset = dataset
        self.layout = layout
        self.folder = folder
        touched = now
        path = folder.path + "/" + SourceFolder.stagingName(dataset: dataset, importID: identifier)
        guard !FileManager.default.fileExists(atPath: path) else { throw .unknownImport }
        file = try SQLiteFile(creating: path)
        try file.execute("PRAGMA max_page_count = \(folder.limits.maxSourceBytes / 4_096)")
        try file.execute("CREATE TABLE revision (fingerprint BLOB NOT NULL, rows INTEGER NOT NULL) STRICT")
        try file.execute(layout.createTable)
        let places = layout.columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        insert = try file.prepare("INSERT INTO records VALUES (\(places))")
    }

    /// Adds a batch whole or not at all. Returns the rows held after it. The same number with the same content changes nothing.
    func add(_ sequence: UInt32, _ records: [[UInt8]], now: Timestamp) throws(SourceFault) -> UInt64 {
        let limits = folder.limits
        guard records.count <= limits.maxBatchRecords else { throw .tooLarge(what: "records of a batch", limit: limits.maxBatchRecords) }
        let bytes = records.reduce(0) { $0 + $1.count + 4 }
        guard bytes <= limits.maxBatchBytes else { throw .tooLarge(what: "bytes of a batch", limit: limits.maxBatchBytes) }
        let digest = StagedImport.digest(of: records)
        touched = now
        if sequence < batches.count {
            guard batches[Int(sequence)] == digest else { throw .batchDiffers(sequence) }
            return rows
        }
        guard sequence == batches.count else { throw .batchOutOfOrder(expected: UInt32(batches.count), received: sequence) }
        guard UInt64(records.count) <= limits.maxRows - rows else { throw .tooLarge(what: "rows", limit: Int(limits.maxRows)) }
        try file.execute("BEGIN")
        do throws(SourceFault) {
            for (index, record) in records.enumerated() { try write(record, row: rows + UInt64(index) + 1) }
            try file.execute("COMMIT")
        } catch {
            try file.execute("ROLLBACK")
            throw error
        }
        rows += UInt64(records.count)
        batches.append(digest)
        return rows
    }

    private static func digest(of records: [[UInt8]]) -> Digest {
        var hash = SHA256()
        for record in records {
            hash.update(bigEndian: UInt32(record.count))
            hash.update(record)
        }
        return hash.finish()
    }

    private func write(_ record: [UInt8], row: UInt64) throws(SourceFault) {
        guard record.count <= folder.limits.maxRecordBytes else {
            throw .record(row: row, field: "", fault: "the record has more than \(folder.limits.maxRecordBytes) bytes; leave out or shorten fields")
        }
        try split(record, row: row)
        let parameters = values
        guard let insert else { throw .unknownImport }
        try file.use { (_) throws(SourceFault) in
            // Invariant: the record's bytes stay where they are until the statement has been stepped and reset, inside this call.
            let result: Result<Void, SourceFault> = unsafe record.withUnsafeBufferPointer { bytes in
                defer { insert.reset() }
                for (index, value) in parameters.enumerated() {
                    switch value {
                    case .null: insert.bindNull(index + 1)
                    case .integer(let number): insert.bind(index + 1, number)
                    case .real(let number): insert.bind(index + 1, number)
                    case .text(let range): unsafe insert.bind(index + 1, text: UnsafeBufferPointer(rebasing: bytes[range]))
                    case .blob(let range): unsafe insert.bind(index + 1, blob: UnsafeBufferPointer(rebasing: bytes[range]))
                    }
                }
                do throws(SourceFault) {
                    _ = try insert.step()
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            try result.get()
        }
    }

    /// Checks the record and sets `values`, one for each column.
    private func split(_ record: [UInt8], row: UInt64) throws(SourceFault) {
        values.removeAll(keepingCapacity: true)
        values.append(contentsOf: repeatElement(.null, count: layout.columns.count))
        var oversized: Int?
        do throws(StrictRecord.Fault) {
            try StrictRecord.read(record, as: layout.shape) { index, all, content in
                if all.count > folder.limits.maxFieldBytes { oversized = index }
                values[index] = StagedImport.value(of: layout.columns[index], all: all, content: content)
            }
        } catch {
            throw .record(row: row, field: error.path.joined(separator: "."), fault: error.fault.remedy)
        }
        if let oversized {
            let limit = folder.limits.maxFieldBytes
            throw .record(row: row, field: layout.columns[oversized].field.name, fault: "the field has more than \(limit) bytes; shorten it")
        }
        guard let key = layout.key, let index = layout.columns.firstIndex(where: { $0.field == key }) else { return }
        if case .null = values[index] { throw .record(row: row, field: key.name, fault: "it is the key and is absent; give every record a key") }
        if case .text(let range) = values[index], range.isEmpty {
            throw .record(row: row, field: key.name, fault: "it is the key and is empty; give every record a key")
        }
        if let form = layout.keyForm, case .text(let range) = values[index], !form.isCanonical(Array(record[range])) {
            throw .record(
                row: row, field: key.name, fault: "it is the key and is not in the one form of \(form.rawValue); write every key in that form")
        }
    }

    private static func value(of column: SourceColumn, all: Range<Int>, content: StrictRecord.Content) -> ColumnValue {
        switch (column.storage, content) {
        case (.integer(let scalar), .number(let bits)): .integer(scalar.stored(bits))
        case (.enumeration, .number(let bits)): .integer(Int64(bitPattern: bits))
        case (.real(.float), .number(let bits)): .real(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
        case (.real, .number(let bits)): .real(Double(bitPattern: bits))
        case (.text, .span(let range)): .text(range)
        case (.bytes, .span(let range)): .blob(range)
        case (.encoded, _): .blob(all)
        case (.integer, .span), (.enumeration, .span), (.real, .span), (.text, .number), (.bytes, .number):
            preconditionFailure("the strict reader gives each column content of its own kind")
        }
    }

    /// Makes the file complete, puts it on disk and gives it the name that readers use. Throws without publishing where the count differs or
    /// a key stands twice; the import is over either way.
    func finish(rows expected: UInt64, revision: UInt64) throws(SourceFault) -> PublishedSource {
        guard expected == rows else { throw .rowCount(held: rows, expected: expected) }
        for sql in layout.createIndexes { try file.execute(sql) }
        try indexKey()
        // Of several filter fields the one that finds the fewest rows is looked up: the statistics of all rows say which that is.
        try file.execute("ANALYZE")
        try file.execute("INSERT INTO revision VALUES (x'\(layout.fingerprint.hex)', \(rows))")
        insert = nil
        try file.close()
        let name = SourceFolder.fileName(dataset: dataset, revision: revision, importID: identifier)
        let target = try folder.location(name)
        try StagedImport.sync(path)
        do {
            try FileManager.default.moveItem(atPath: path, toPath: target)
        } catch {
            throw .file(path: target, reason: "the finished import cannot be given its name")
        }
        try StagedImport.sync(folder.path)
        return PublishedSource(file: name, rows: rows)
    }

    private func indexKey() throws(SourceFault) {
        guard let key = layout.key else { return }
        do throws(SourceFault) {
            try file.execute("CREATE UNIQUE INDEX i\(key.number) ON records (f\(key.number))")
        } catch {
            let twice = "SELECT min(rowid), max(rowid) FROM records GROUP BY f\(key.number) HAVING count(*) > 1 LIMIT 1"
            guard let found = try file.integers(twice), found.count == 2 else { throw error }
            throw .duplicateKey(field: key.name, row: UInt64(found[1]), earlier: UInt64(found[0]))
        }
    }

    /// Waits until the file or folder is on disk.
    private static func sync(_ path: String) throws(SourceFault) {
        // Invariant: the path is a C string for the length of the call; the descriptor is closed on every way out.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path: path, reason: "it cannot be opened to be put on disk") }
        defer { _ = close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .file(path: path, reason: "the disk did not take it") }
    }

    /// Drops everything.
    func abandon() throws(SourceFault) {
        insert = nil
        try file.close()
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw .file(path: path, reason: "the dropped import cannot be removed; it goes at the next start")
        }
    }
}

/// A finished revision: its file exists under its name, and is for the catalogue to point at.
package struct PublishedSource: Hashable, Sendable {
    /// Within the sources folder.
    package let file: String
    package let rows: UInt64
}

extension ScalarType {
    /// What the column holds for a number's wire bits: the number itself, which for zigzag is not the bits.
    func stored(_ bits: UInt64) -> Int64 {
        switch self {
        case .sint32, .sint64: Int64(bitPattern: bits >> 1) ^ -Int64(bitPattern: bits & 1)
        case .sfixed32: Int64(Int32(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case .int64, .uint64, .int32, .uint32, .bool, .fixed64, .fixed32, .sfixed64, .double, .float, .string, .bytes: Int64(bitPattern: bits)
        }
    }

    /// The wire bits of what the column holds.
    func bits(_ stored: Int64) -> UInt64 {
        switch self {
        case .sint32, .sint64: UInt64(bitPattern: stored << 1 ^ stored >> 63)
        case .sfixed32: UInt64(UInt32(truncatingIfNeeded: stored))
        case .int64, .uint64, .int32, .uint32, .bool, .fixed64, .fixed32, .sfixed64, .double, .float, .string, .bytes: UInt64(bitPattern: stored)
        }
    }
}

extension WireFault {
    /// The fault in words, with what to do about it.
    var remedy: String {
        switch self {
        case .truncated, .lengthPastEnd: "the bytes end too early; send the whole record"
        case .varintTooLong, .varintNotMinimal: "a number is not written in its shortest form; encode the record canonically"
        case .fieldNumber(let number, _): "field number \(number) is not allowed; encode the record in the dataset's schema"
        case .wireType(let type, _): "wire type \(type) is not accepted; encode the record in the dataset's schema"
        case .outOfOrder: "fields must ascend by number; encode the record canonically"
        case .duplicate: "a single field, or a second member of a oneof, stands twice; send one"
        case .unknownField(let number): "field number \(number) is not in the dataset's schema; leave it out or import under a new schema"
        case .unexpectedType: "its bytes are of another type than the schema says; encode the record in the dataset's schema"
        case .notUTF8: "its text is not UTF-8; convert the file to UTF-8"
        case .outOfRange: "its value is outside the range of its type; correct it"
        case .missing: "it is absent; give it a value"
        case .notCanonical: "it writes out a default value or an empty list; encode the record canonically"
        case .tooDeep: "messages are nested too deep; flatten the record"
        case .tooLarge: "it is too large; send less"
        }
    }
}
