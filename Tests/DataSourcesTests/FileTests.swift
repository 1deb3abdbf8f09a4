import Foundation
import ProtobufWire
import Testing
import Vocabulary

@testable import DataSources

/// Reading files: CSV, JSON lines, gzip, and what is inferred from them.
@Suite struct FileTests {
    private let temporary: TemporaryFolder

    init() throws { temporary = try TemporaryFolder() }

    private func write(_ text: String, _ name: String = "x.csv") throws -> String { try write(Array(text.utf8), name) }

    private func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let path = temporary.path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func rows(_ text: String, limits: SourceLimits = .standard) throws -> [[String]] {
        var reader = try CSVReader(path: write(text), limits: limits)
        var rows: [[String]] = [reader.names]
        while try reader.next() { rows.append(reader.names.indices.map { String(decoding: reader.field($0), as: UTF8.self) }) }
        return rows
    }

    /// The body is refused at that line and field, for that fault, with some remedy.
    private func expect(_ line: Int, _ field: String, _ fault: String, _ body: () throws -> Void) {
        let caught = #expect(throws: SourceFault.self) { try body() }
        guard case .input(let atLine, let atField, let found, let remedy)? = caught else {
            Issue.record("it is no fault of a line")
            return
        }
        #expect(atLine == line && atField == field && found == fault && !remedy.isEmpty)
    }

    // MARK: CSV

    @Test func quotedFieldsMayHoldCommasQuotesAndLines() throws {
        #expect(try rows("a,b\r\n\"x,y\",\"say \"\"hi\"\"\"\r\n\"two\r\nlines\",\r\n") == [["a", "b"], ["x,y", "say \"hi\""], ["two\r\nlines", ""]])
    }

    @Test func lastLineNeedsNoEndAndAMarkInFrontIsSkipped() throws {
        #expect(try rows("\u{feff}a,b\n1,2") == [["a", "b"], ["1", "2"]])
    }

    @Test(arguments: [
        ("", 1, "", "the file is empty"),
        ("a,b\n1\n", 2, "", "it has 1 fields and the header has 2"),
        ("a,b\n1,2,3\n", 2, "", "it has 3 fields and the header has 2"),
        ("a,b\n1,2\n\n3,4\n", 3, "", "it has 1 fields and the header has 2"),
        ("a,b\n1,x\"y\n", 2, "b", "a quote stands inside a field that does not begin with one"),
        ("a,b\n\"1\"2,3\n", 2, "a", "something follows a closing quote"),
        ("a,b\n\"x\ny\",\"z\n", 2, "b", "a quoted field does not end"),
        ("a,b\n1\r2,3\n", 2, "a", "a carriage return stands alone"),
        ("a,a\n1,2\n", 1, "a", "two columns have this name"),
        ("a,1b\n1,2\n", 1, "column 2", "its name in the header is not a field name"),
        ("a,\n1,2\n", 1, "column 2", "its name in the header is not a field name"),
        ("a;b\n1;2\n", 1, "column 1", "its name in the header is not a field name"),
        ("a,b\n1,\0\n", 2, "b", "its text is not UTF-8, or has a zero byte"),
        ("a,b\n\"1\n1\",2\n3\n", 4, "", "it has 1 fields and the header has 2"),
    ]) func malformedCSVIsRefusedByLineAndField(_ text: String, _ line: Int, _ field: String, _ fault: String) throws {
        expect(line, field, fault) { _ = try rows(text) }
    }

    @Test func textThatIsNotUTF8IsRefused() throws {
        let path = try write(Array("a,b\n1,".utf8) + [0xff, 0x0a], "x.csv")
        var reader = try CSVReader(path: path, limits: .standard)
        #expect(throws: SourceFault.input(line: 2, field: "b", fault: "its text is not UTF-8, or has a zero byte", remedy: "convert the file to UTF-8")) {
            try reader.next()
        }
    }

    @Test func endlessRowIsRefused() throws {
        var limits = SourceLimits()
        limits.maxLineBytes = 20
        let fault = SourceFault.input(line: 2, field: "b", fault: "the row has more than 20 bytes", remedy: "shorten it; a quote may be open")
        #expect(throws: fault) { try rows("a,b\n1,\"" + String(repeating: "x", count: 30), limits: limits) }
    }

    // MARK: gzip


    private func gzip(_ text: String) throws -> [UInt8] { try GzipDeflater().deflate(Array(text.utf8), isLast: true) }

    private func unpack(_ bytes: [UInt8], limits: SourceLimits = .standard) throws -> String {
        let file = try FileBytes(path: write(bytes, "x.gz"), limits: limits)
        var all: [UInt8] = []
        while let piece = try file.next() { all += piece }
        return String(decoding: all, as: UTF8.self)
    }

    @Test func gzipMembersFollowEachOther() throws {
        #expect(try unpack(gzip("one,") + gzip("two")) == "one,two")
        #expect(try unpack(gzip("")) == "")
    }

    @Test func programsOfOthersReadWhatIsPacked() throws {
        let path = try write(gzip("a,b\n1,2\n"), "y.gz")
        let program = Process()
        program.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        program.arguments = ["gzip", "-dc", path]
        let output = Pipe()
        program.standardOutput = output
        try program.run()
        #expect(String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) == "a,b\n1,2\n")
        program.waitUntilExit()
    }

    @Test func everyCutFileIsRefused() throws {
        let whole = try gzip("a,b\n1,2\n3,4\n")
        for end in 2..<whole.count {
            #expect(throws: SourceFault.compressed("it ends too early; get it again"), "cut at \(end)") { try unpack(Array(whole[..<end])) }
        }
    }

    @Test func damagedFileIsRefused() throws {
        var bytes = try gzip("a,b\n1,2\n3,4\n")
        bytes[bytes.count - 6] ^= 1  // the CRC
        #expect(throws: SourceFault.compressed("it is damaged or not gzip; get it again")) { try unpack(bytes) }
        #expect(throws: SourceFault.compressed("it is damaged or not gzip; get it again")) { try unpack(gzip("x") + Array("rubbish".utf8)) }
    }

    @Test func fileThatGrowsWithoutBoundIsRefused() throws {
        let bomb = try gzip(String(repeating: "0", count: 8 << 20))
        let bound = "it grows past 200 times its size or 8589934592 bytes; unpack and check it first"
        #expect(throws: SourceFault.compressed(bound)) { try unpack(bomb) }
    }

    // MARK: JSON lines

    private func json(_ text: String) throws(JSONParser.Fault) -> JSONValue { try JSONParser.parse(Array(text.utf8)[...], maxDepth: 3) }

    @Test func numbersKeepTheirDigitsAndStringsTheirCharacters() throws {
        #expect(try json("12345678901234567890.10") == .number("12345678901234567890.10"))
        #expect(try json(#"  "\u00e9\ud83d\ude00\n\/" "#) == .string("é😀\n/"))
        #expect(try json(#"{"a":[1,null,true],"b":{}}"#) == .object([
            .init(name: "a", value: .list([.number("1"), .null, .bool(true)])), .init(name: "b", value: .object([])),
        ]))
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "01", "1.", ".5", "+1", "1e", "-", "nul", "NaN", "Infinity", "'a'", "\"\\x\"", "\"\\u12\"",
        "\"\\ud800\"", "\"\\udc00\"", "\"\\u0000\"", "\"a\nb\"", "\"a", "1 2", "{} {}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}",
        "[[[[[1]]]]]", "\"\\u+123\"", "/* */ 1", "\u{feff}1",
    ]) func malformedJSONIsRefused(_ text: String) {
        #expect(throws: JSONParser.Fault.self) { try json(text) }
    }

    @Test(arguments: [
        ("{\"a\":1}\n[1]\n", 2, "", "it is a list, not an object"),
        ("{\"a\":1}\n\n{\"a\":2}\n", 2, "", "it is not valid JSON at byte 1"),
        ("{\"a\":1}\n{\"a\":\"x\"}\n", 2, "a", "it is a string here and of another type above"),
        ("{\"a\":{\"b\":1}}\n{\"a\":{\"b\":[1]}}\n", 2, "a.b", "it is a list here and a single value above"),
        ("{\"a\":{\"b\":1}}\n{\"a\":3}\n", 2, "a", "it is a plain value here and an object above"),
        ("{\"a\":[1,null]}\n", 1, "a", "a list holds null"),
        ("{\"a\":[[1]]}\n", 1, "a", "a list holds a list"),
        ("{\"a b\":1}\n", 1, "", "a name in the object is not a field name"),
        ("", 1, "", "the file has no rows"),
    ]) func rowsThatFitNoSchemaAreRefusedByLineAndField(_ text: String, _ line: Int, _ field: String, _ fault: String) throws {
        let path = try write(text, "x.jsonl")
        expect(line, field, fault) { _ = try SchemaInference.infer(path: path) }
    }

    // MARK: inference and conversion

    private func types(_ schema: MessageSchema) -> [String] {
        schema.fields.map { field in
            switch field.type {
            case .scalar(let scalar): "\(field.name) \(scalar.name)\(field.isRepeated ? "*" : "")"
            case .message(let child): "\(field.name) \(child.name)\(field.isRepeated ? "*" : "") {" + types(child).joined(separator: ", ") + "}"
            case .enumeration, .map: field.name
            }
        }
    }

    @Test func columnsGetTheNarrowestType() throws {
        let path = try write(
            "n,d,long,code,flag,day,text,none,mixed\n1,2,12345678901234567.5,007,true,2026-04-05,x,,1\n-3,4.50,1.25,10,false,2026-13-99,2026-04-05,,y\n")
        let schema = try SchemaInference.infer(path: path)
        #expect(
            types(schema.root) == [
                "n int64", "d double", "long string", "code string", "flag bool", "day string", "text string", "none string", "mixed string",
            ])
        #expect(schema.rows == 2)
        let long = try #require(FieldPath("long"))
        let day = try #require(FieldPath("day"))
        #expect(schema.kinds[long] == .decimal && schema.kinds[day] == .date)
    }

    /// The last narrowing counts: it is what gave the column its type.
    @Test func theLineThatGaveAFieldItsKindIsKnown() throws {
        let path = try write("n,m,w,none,late\n1,1,x,,\n2,2.5,y,,\n3,z,z,,\nq,4,1,,7\n")
        let changes = try SchemaInference.infer(path: path).changes
        #expect(
            changes == [
                FieldPath("n")!: KindChange(line: 5, before: .integer), FieldPath("m")!: KindChange(line: 4, before: .double),
                FieldPath("w")!: KindChange(line: 2, before: nil), FieldPath("late")!: KindChange(line: 5, before: nil),
            ])
        let lines = try write("{\"a\":{\"b\":1}}\n{\"a\":{}}\n{\"a\":{\"b\":1.5}}\n", "x.jsonl")
        #expect(try SchemaInference.infer(path: lines).changes == [FieldPath("a.b")!: KindChange(line: 3, before: .integer)])
    }

    @Test func aTableOfAHeaderAloneIsRefused() throws {
        let path = try write("a,b\n")
        expect(1, "", "the file has a header and no rows") { _ = try SchemaInference.infer(path: path) }
    }

    @Test func anotherSeparatorIsTold() throws {
        for (text, word) in [("a;b\n", "semicolons"), ("a\tb\n", "tabs"), ("a|b\n", "bars")] {
            let fault = #expect(throws: SourceFault.self) { try rows(text) }
            guard case .input(_, _, _, let remedy)? = fault else { throw SourceFault.closed }
            #expect(remedy == "the line has \(word) and no commas: separate the fields by commas")
        }
    }

    @Test func nestedAndRepeatedFieldsComeFromJSON() throws {
        let path = try write(
            "{\"id\":\"a\",\"award\":{\"elements\":[{\"kind\":\"x\",\"pence\":1}]},\"tags\":[\"p\"]}\n{\"id\":\"b\",\"award\":{\"elements\":[{\"pence\":2,\"share\":0.5}]},\"scores\":[1,2],\"gone\":null}\n",
            "x.jsonl")
        let schema = try SchemaInference.infer(path: path)
        #expect(
            types(schema.root) == [
                "id string", "award Award {elements AwardElements* {kind string, pence int64, share double}}", "tags string*", "scores int64*",
                "gone string",
            ])
        let file = try RecordFile(path: path, schema: schema.root)
        // id = 1, award = 2 { elements = 1 { kind 1, pence 2, share 3 } }, tags = 3, scores = 4 packed.
        #expect(try file.next() == [0x0a, 1, 0x61, 0x12, 7, 0x0a, 5, 0x0a, 1, 0x78, 0x10, 1, 0x1a, 1, 0x70])
        #expect(try file.next() == [0x0a, 1, 0x62, 0x12, 13, 0x0a, 11, 0x10, 2, 0x19, 0, 0, 0, 0, 0, 0, 0xe0, 0x3f, 0x22, 2, 1, 2])
        #expect(try file.next() == nil)
        #expect(file.rows == 2)
    }

    @Test func zeroAndFalseAreHeldAndAnEmptyFieldIsNot() throws {
        let path = try write("n,f,t\n0,false,\n,,x\n")
        let file = try RecordFile(path: path, schema: SchemaInference.infer(path: path).root)
        #expect(try file.next() == [0x08, 0, 0x10, 0])
        #expect(try file.next() == [0x1a, 1, 0x78])
    }

    @Test(arguments: [
        ("n,d,f\n1,2.5,true\nx,,\n", 3, "n", "it is not a whole number in the range of int64"),
        ("n,d,f\n1,2.5,true\n007,,\n", 3, "n", "it is not a whole number in the range of int64"),
        ("n,d,f\n9223372036854775808,,\n", 2, "n", "it is not a whole number in the range of int64"),
        ("n,d,f\n,nan,\n", 2, "d", "it is not a number"),
        ("n,d,f\n,0x1p3,\n", 2, "d", "it is not a number"),
        ("n,d,f\n,,yes\n", 2, "f", "it is not a bool"),
        ("n,d,f,g\n1,2,true,4\n", 1, "g", "the dataset's schema has no such field"),
    ]) func rowThatDoesNotFitTheSchemaIsRefused(_ text: String, _ line: Int, _ field: String, _ fault: String) throws {
        let schema = try MessageSchema(
            name: "Record",
            fields: [
                FieldSchema(number: 1, name: "n", type: .scalar(.int64)), FieldSchema(number: 2, name: "d", type: .scalar(.double)),
                FieldSchema(number: 3, name: "f", type: .scalar(.bool)),
            ])
        expect(line, field, fault) {
            let file = try RecordFile(path: write(text), schema: schema)
            while try file.next() != nil {}
        }
    }

    @Test func oversizedFieldIsRefused() throws {
        let path = try write("t\n" + String(repeating: "x", count: 65_531) + "\n")
        let schema = try MessageSchema(name: "Record", fields: [FieldSchema(number: 1, name: "t", type: .scalar(.string))])
        let file = try RecordFile(path: path, schema: schema)
        #expect(throws: SourceFault.input(line: 2, field: "t", fault: "it has more than 65530 bytes", remedy: "shorten it")) { try file.next() }
    }

    @Test func batchesStayUnderOneMebibyteAndLoseNothing() throws {
        let row = String(repeating: "x", count: 60_000) + "\n"
        let path = try write("t\n" + String(repeating: row, count: 40))
        let schema = try MessageSchema(name: "Record", fields: [FieldSchema(number: 1, name: "t", type: .scalar(.string))])
        let file = try RecordFile(path: path, schema: schema)
        var sizes: [Int] = []
        while let batch = try file.nextBatch() {
            #expect(batch.reduce(0) { $0 + $1.count + 6 } < 1 << 20)
            sizes.append(batch.count)
        }
        #expect(sizes == [17, 17, 6])
    }

    @Test func fileNameMustSayWhatItIs() throws {
        let path = try write("a\n1\n", "x.txt")
        #expect(throws: SourceFault.self) { try SchemaInference.infer(path: path) }
        #expect(throws: SourceFault.self) { try SchemaInference.infer(path: temporary.path + "/absent.csv") }
    }

    @Test func fileThatIsThereIsNotOverwritten() throws {
        let path = try write("x", "y.jsonl")
        #expect(throws: SourceFault.file(path: path, reason: "it exists already; choose another name or remove it")) { try LineFile(path: path) }
    }
}
