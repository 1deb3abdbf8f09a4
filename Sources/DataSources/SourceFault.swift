import ProtobufWire

/// Why a data source, a file that is being brought in, or a part of one is refused. Names places, fields and rules; never a value,
/// since the value may be somebody's.
package enum SourceFault: Error, Hashable, Sendable {
    /// A file that cannot be opened, read or written; `reason` is the system's own.
    case file(path: String, reason: String)
    /// Text of a file that breaks its format or its schema. `line` counts from 1; `field` is empty where the line as a whole is at fault.
    case input(line: Int, field: String, fault: String, remedy: String)
    /// A compressed file that is damaged, cut short, or grows past its bounds.
    case compressed(String)
    /// A record of a batch; `row` counts from 1 over the whole import.
    case record(row: UInt64, field: String, fault: String)
    /// A key or filter field that the schema does not have or that cannot be one; `field` is its name.
    case layout(field: String, fault: String)
    /// A schema that inference came to or that was given.
    case schema(SchemaFault)
    /// No import under way has this identifier: it was never begun, or it was finished, dropped or idle for too long.
    case unknownImport
    case batchOutOfOrder(expected: UInt32, received: UInt32)
    /// A batch number that came before with other content.
    case batchDiffers(UInt32)
    /// The caller counts other rows than are held; nothing is published.
    case rowCount(held: UInt64, expected: UInt64)
    /// Two rows with the same key. Rows count from 1.
    case duplicateKey(field: String, row: UInt64, earlier: UInt64)
    /// Past a bound of `SourceLimits`.
    case tooLarge(what: String, limit: Int)
    /// A condition that cannot be asked of this source.
    case condition(field: String, fault: String)
    /// A source file that is not what the catalogue says it is.
    case mismatch(file: String, reason: String)
    /// The embedded database refused; `code` is SQLite's extended result code.
    case database(code: Int32)
    /// Too much of all clients is waiting already; the caller may try again later.
    case busy
    /// Too much of this client is.
    case busyForClient
    /// The reader or importer has been closed.
    case closed
}

extension SourceFault: CustomStringConvertible {
    /// The place, the fault and the remedy.
    package var description: String {
        switch self {
        case .file(let path, let reason): "\(path): \(reason)"
        case .input(let line, "", let fault, let remedy): "line \(line): \(fault); \(remedy)"
        case .input(let line, let field, let fault, let remedy): "line \(line), field \(field): \(fault); \(remedy)"
        case .compressed(let fault): "compressed file: \(fault)"
        case .record(let row, let field, let fault): "row \(row)\(field.isEmpty ? "" : ", field \(field)"): \(fault)"
        case .layout(let field, let fault): "field \(field): \(fault)"
        case .schema(let fault): fault.description
        case .unknownImport: "import: none with this identifier is under way; begin again"
        case .batchOutOfOrder(let expected, let received): "import: batch \(received) came, batch \(expected) is due; send batches from 0 without gaps"
        case .batchDiffers(let number): "import: batch \(number) came before with other content; begin again"
        case .rowCount(let held, let expected):
            "import: \(held) rows are held and \(expected) were announced; nothing was published, begin again"
        case .duplicateKey(let field, let row, let earlier):
            "row \(row), field \(field): the same key as row \(earlier); a key names one record, remove one of the rows or choose another key"
        case .tooLarge(let what, let limit): "\(what): more than \(limit); send less"
        case .condition(let field, let fault): "filter on \(field): \(fault)"
        case .mismatch(let file, let reason): "source \(file): \(reason); restore it from a backup or import it again"
        case .database(let code): "source database: result code \(code)"
        case .busy: "too many reads are waiting; try again"
        case .busyForClient: "too many reads of this client are waiting; ask for fewer at a time"
        case .closed: "the data sources are closed"
        }
    }
}
