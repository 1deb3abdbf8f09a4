import Vocabulary

/// Reads CSV as RFC 4180 defines it, strictly: one header line, every row with as many fields, quotes only around a whole field, a quote inside
/// doubled, lines ended by CRLF or LF, UTF-8 throughout. A byte order mark in front is skipped.
struct CSVReader {
    /// The header's names.
    private(set) var names: [String] = []
    /// The line that the row in `row` begins at; the header is line 1.
    private(set) var line = 1
    /// The current row's fields one after the other, without quotes, and where each ends.
    private(set) var row: [UInt8] = []
    private(set) var ends: [Int] = []
    let file: FileBytes
    private let limits: SourceLimits
    private var piece: [UInt8] = []
    private var at = 0
    private var nextLine = 1

    private static let comma = UInt8(ascii: ",")
    private static let quote = UInt8(ascii: "\"")
    private static let cr = UInt8(ascii: "\r")
    private static let lf = UInt8(ascii: "\n")

    /// Opens the file and reads its header.
    init(path: String, limits: SourceLimits) throws(SourceFault) {
        self.limits = limits
        file = try FileBytes(path: path, limits: limits)
        guard try readRow() else { throw .input(line: 1, field: "", fault: "the file is empty", remedy: "give it a header line and rows") }
        if row.starts(with: [0xef, 0xbb, 0xbf]) {
            row.removeFirst(3)
            ends = ends.map { $0 - 3 }
        }
        for index in ends.indices { try addName(index) }
    }

    private mutating func addName(_ index: Int) throws(SourceFault) {
        guard let name = String(validating: field(index), as: UTF8.self), FieldPath.isFieldName(name) else {
            throw .input(
                line: 1, field: "column \(index + 1)", fault: "its name in the header is not a field name",
                remedy: CSVReader.remedy(field(index), isOnly: ends.count == 1))
        }
        guard !names.contains(where: { $0.lowercased() == name.lowercased() }) else {
            throw .input(line: 1, field: name, fault: "two columns have this name", remedy: "rename one")
        }
        names.append(name)
    }

    /// A name with another separator in it is a whole line that was not taken apart.
    private static func remedy(_ name: ArraySlice<UInt8>, isOnly: Bool) -> String {
        let others = [(UInt8(ascii: ";"), "semicolons"), (UInt8(ascii: "\t"), "tabs"), (UInt8(ascii: "|"), "bars")]
        if isOnly, let other = others.first(where: { name.contains($0.0) }) { return "the line has \(other.1) and no commas: separate the fields by commas" }
        return "use a letter, then letters, digits and '_', at most 64; see that the first line is the header"
    }

    /// The bytes of a field of the current row; empty means absent.
    func field(_ index: Int) -> ArraySlice<UInt8> { row[(index == 0 ? 0 : ends[index - 1])..<ends[index]] }

    /// Moves to the next row; false at the end of the file.
    mutating func next() throws(SourceFault) -> Bool {
        guard try readRow() else { return false }
        guard ends.count == names.count else {
            throw .input(
                line: line, field: "", fault: "it has \(ends.count) fields and the header has \(names.count)",
                remedy: ends.count == 1 && row.isEmpty ? "remove the empty line" : "quote fields with commas in them, or correct the row")
        }
        for index in ends.indices {
            let field = field(index)
            guard field.allSatisfy({ $0 < 0x80 && $0 != 0 }) || (!field.contains(0) && String(validating: field, as: UTF8.self) != nil) else {
                throw .input(line: line, field: names[index], fault: "its text is not UTF-8, or has a zero byte", remedy: "convert the file to UTF-8")
            }
        }
        return true
    }

    private mutating func peek() throws(SourceFault) -> UInt8? {
        while at >= piece.count {
            guard let more = try file.next() else { return nil }
            piece = more
            at = 0
        }
        return piece[at]
    }

    private mutating func readRow() throws(SourceFault) -> Bool {
        row.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        line = nextLine
        guard try peek() != nil else { return false }
        while true {
            let isLast = try readField()
            ends.append(row.count)
            guard ends.count <= limits.maxColumns else {
                throw .input(line: line, field: "", fault: "it has more than \(limits.maxColumns) fields", remedy: "split the file")
            }
            if isLast { return true }
        }
    }

    /// Reads one field with what ends it; true at the end of the row.
    private mutating func readField() throws(SourceFault) -> Bool {
        if try peek() == CSVReader.quote {
            at += 1
            return try readQuoted()
        }
        while let byte = try peek() {
            at += 1
            switch byte {
            case CSVReader.comma: return false
            case CSVReader.lf, CSVReader.cr:
                try endLine(byte)
                return true
            case CSVReader.quote:
                throw fault("a quote stands inside a field that does not begin with one", "quote the whole field and double the quotes in it")
            default: try append(byte)
            }
        }
        return true
    }

    private mutating func readQuoted() throws(SourceFault) -> Bool {
        while let byte = try peek() {
            at += 1
            guard byte == CSVReader.quote else {
                if byte == CSVReader.lf { nextLine += 1 }
                try append(byte)
                continue
            }
            guard let next = try peek() else { return true }
            at += 1
            switch next {
            case CSVReader.quote: try append(byte)
            case CSVReader.comma: return false
            case CSVReader.lf, CSVReader.cr:
                try endLine(next)
                return true
            default: throw fault("something follows a closing quote", "double the quotes inside a quoted field")
            }
        }
        throw fault("a quoted field does not end", "close the quote; the file may be cut short")
    }

    private mutating func endLine(_ byte: UInt8) throws(SourceFault) {
        nextLine += 1
        guard byte == CSVReader.cr else { return }
        guard try peek() == CSVReader.lf else { throw fault("a carriage return stands alone", "end lines with CRLF or LF, or quote the field") }
        at += 1
    }

    private mutating func append(_ byte: UInt8) throws(SourceFault) {
        guard row.count < limits.maxLineBytes else { throw fault("the row has more than \(limits.maxLineBytes) bytes", "shorten it; a quote may be open") }
        row.append(byte)
    }

    private func fault(_ fault: String, _ remedy: String) -> SourceFault {
        let name = ends.count < names.count ? names[ends.count] : ""
        return .input(line: line, field: name, fault: fault, remedy: remedy)
    }
}
