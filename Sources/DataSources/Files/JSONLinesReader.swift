/// Reads JSON lines: one object a line, lines ended by LF or CRLF, no empty lines but at the end.
struct JSONLinesReader {
    /// The line of the last object, from 1.
    private(set) var line = 0
    let file: FileBytes
    private let limits: SourceLimits
    private var piece: [UInt8] = []
    private var at = 0
    private var buffer: [UInt8] = []

    init(path: String, limits: SourceLimits) throws(SourceFault) {
        self.limits = limits
        file = try FileBytes(path: path, limits: limits)
    }

    /// The members of the next line's object, or nil at the end of the file.
    mutating func next() throws(SourceFault) -> [JSONValue.Member]? {
        guard try readLine() else { return nil }
        line += 1
        let value: JSONValue
        do throws(JSONParser.Fault) {
            value = try JSONParser.parse(buffer[...], maxDepth: limits.maxJSONDepth)
        } catch {
            throw .input(line: line, field: "", fault: error.fault, remedy: error.remedy)
        }
        guard case .object(let members) = value else {
            throw .input(line: line, field: "", fault: "it is \(value.kind), not an object", remedy: "write one JSON object on each line")
        }
        return members
    }

    /// Fills `buffer` with the next line without its end; false at the end of the file.
    private mutating func readLine() throws(SourceFault) -> Bool {
        buffer.removeAll(keepingCapacity: true)
        var isAny = false
        while true {
            if at >= piece.count {
                guard let more = try file.next() else { return isAny }
                piece = more
                at = 0
            }
            let end = piece[at...].firstIndex(of: UInt8(ascii: "\n"))
            buffer.append(contentsOf: piece[at..<(end ?? piece.count)])
            guard buffer.count <= limits.maxLineBytes else {
                throw .input(line: line + 1, field: "", fault: "it has more than \(limits.maxLineBytes) bytes", remedy: "shorten it")
            }
            isAny = true
            at = (end ?? piece.count) + 1
            guard end == nil else {
                if buffer.last == UInt8(ascii: "\r") { buffer.removeLast() }
                return true
            }
            at = piece.count
        }
    }
}
