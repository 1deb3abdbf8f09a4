import ProtobufWire

/// A file's rows as records in a schema's wire bytes, one after the other or in batches that fit one request.
package final class RecordFile {
    /// Rows read so far.
    package private(set) var rows: UInt64 = 0
    // One of the two is there. They are changed in place: a copy would copy their buffers for each row.
    private var csv: CSVReader?
    private var json: JSONLinesReader?
    private let encoder: RecordEncoder
    private let limits: SourceLimits
    /// Read already, for the next batch.
    private var held: [UInt8]?

    /// Throws where the file cannot be opened, or where a column of its header is not in the schema.
    package init(path: String, schema: MessageSchema, limits: SourceLimits = .standard) throws(SourceFault) {
        self.limits = limits
        switch try FileFormat.of(path) {
        case .csv:
            let reader = try CSVReader(path: path, limits: limits)
            encoder = try RecordEncoder(schema, columns: reader.names, limits: limits)
            csv = reader
        case .jsonLines:
            encoder = try RecordEncoder(schema, columns: [], limits: limits)
            json = try JSONLinesReader(path: path, limits: limits)
        }
    }

    /// Bytes of the file read so far, and its size: packed bytes where it is packed.
    package var progress: (read: UInt64, of: UInt64) {
        guard let file = csv?.file ?? json?.file else { return (0, 0) }
        return (file.position, file.size)
    }

    /// The next row's record, or nil at the end. Throws naming the line, the field, the fault and the remedy.
    package func next() throws(SourceFault) -> [UInt8]? {
        if let record = held {
            held = nil
            return record
        }
        guard let (record, line) = try read() else { return nil }
        guard record.count <= limits.maxRecordBytes else {
            throw .input(line: line, field: "", fault: "the record has more than \(limits.maxRecordBytes) bytes", remedy: "leave out or shorten fields")
        }
        rows += 1
        return record
    }

    private func read() throws(SourceFault) -> (record: [UInt8], line: Int)? {
        if let members = try json?.next() { return (try encoder.encode(members, line: json?.line ?? 0), json?.line ?? 0) }
        guard try csv?.next() == true, let csv else { return nil }
        return (try encoder.encode(csv), csv.line)
    }

    /// The next records whose request stays under 1 MiB, or nil at the end.
    package func nextBatch() throws(SourceFault) -> [[UInt8]]? {
        var batch: [[UInt8]] = []
        // Each record has a tag and a length in the request, and the request has its own few fields.
        var bytes = 4_096
        while batch.count < limits.maxBatchRecords, let record = try next() {
            guard bytes + record.count + 6 <= limits.maxBatchBytes || batch.isEmpty else {
                held = record
                break
            }
            bytes += record.count + 6
            batch.append(record)
        }
        return batch.isEmpty ? nil : batch
    }
}
