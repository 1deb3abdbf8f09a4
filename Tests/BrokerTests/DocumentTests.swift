import Agreements
import BrokerProtocol
import Testing

@testable import Broker

/// YAML is read by a small schema, with lines, within limits; what is printed is read back the same.
struct DocumentTests {
    @Test func scalarsAreReadByTheCoreSchemaAndNoMore() throws {
        let node = try YAMLDocument.parse(
            "a: 1\nb: true\nc: 'true'\nd: 007\ne: yes\nf: 2026-01-01\nh: -5\ni: 1.5\n", file: "x.yaml")
        let document = try DocumentNode(wire: node)
        #expect(document["a"] == .int(1))
        #expect(document["b"] == .bool(true))
        #expect(document["c"] == .string("true"))
        #expect(document["d"] == .string("007"))
        #expect(document["e"] == .string("yes"))
        #expect(document["f"] == .string("2026-01-01"))
        #expect(document["h"] == .int(-5))
        #expect(document["i"] == .string("1.5"))
    }

    /// A row filter whose lines were lost would let every row through.
    @Test(arguments: ["row_filter:", "row_filter: ~", "row_filter: null"]) func aKeyWithoutAValueIsRefused(line: String) throws {
        let node = try YAMLDocument.parse("title: x\n\(line)\n", file: "x.yaml")
        #expect(
            throws: CallFault.invalid(field: "document", problem: "has `row_filter` without a value in line 2; give one, or leave the line out")
        ) { try DocumentNode(wire: node) }
    }

    @Test func whatIsPrintedIsReadBackTheSame() throws {
        let document: DocumentNode = [
            "title": "A: title # with \"marks\"", "flag": true, "number": 42, "empty": "", "word": "yes", "lines": "one\ntwo",
            "list": [["id": "uc.awards", "fields": ["a", "b"]], ["id": "voa.rents"]], "none": [],
        ]
        let text = YAMLText.print(document)
        #expect(try DocumentNode(wire: YAMLDocument.parse(text, file: "printed")) == document)
    }

    @Test func aProblemIsShownInItsLine() throws {
        let node = try YAMLDocument.parse("title: x\ndatasets:\n  - id: uc.awards\n    fields:\n      - path: nino\n        transform: nope\n", file: "x")
        #expect(node.line(of: "datasets[uc.awards].fields[nino].transform") == 6)
        #expect(node.line(of: "datasets[0].id") == 3)
        #expect(node.line(of: "title") == 1)
    }

    @Test func aKeyTwiceIsRefused() {
        #expect(throws: BrokerFault.self) { try YAMLDocument.parse("a: 1\na: 2\n", file: "x") }
    }

    @Test func nestingAndSizeAreBounded() {
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        #expect(throws: BrokerFault.self) { try YAMLDocument.parse(deep, file: "x") }
        // Each level names the one before twice: 2^20 values from twenty lines.
        var bomb = "a0: &a0 [x, x]\n"
        for level in 1...20 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(throws: BrokerFault.self) { try YAMLDocument.parse(bomb, file: "x") }
    }

    @Test func labelsNameTheirLineAndTheWordsThatWouldDo() {
        let text = "dataset: uc.awards\ntitle: T\nfields:\n  nino: {level: secret, role: attribute}\n"
        #expect(throws: BrokerFault.document(file: "l.yaml", line: 4, reason: "level must be one of public, official, personal, special-category, criminal, restricted-record")) {
            try DatasetLabels(yaml: text, file: "l.yaml")
        }
    }

    /// The file that `catalogue import` writes is for people to fill in: what nobody chose is not taken for a choice.
    @Test(arguments: [
        ("{level: CHOOSE, role: CHOOSE}", "x", 5, "nino has still the template's label"),
        ("{level: personal, role: CHOOSE}", "x", 5, "nino has still the template's label"),
        ("{level: personal, role: subject-key}", "CHOOSE", 1, "description is still the template's"),
        ("{level: personal, role: direct-id}", "What it is, from where, and what one row is", 1, "description is still the template's"),
    ])
    func labelsThatAreStillTheTemplatesAreRefusedByField(_ label: String, _ description: String, _ line: Int, _ words: String) throws {
        let text = "dataset: uc.awards\ntitle: T\ndescription: \(description)\nfields:\n  nino: \(label)\n"
        do throws(BrokerFault) {
            _ = try DatasetLabels(yaml: text, file: "l.yaml")
            Issue.record("the template was taken")
        } catch {
            #expect(error.description.hasPrefix("l.yaml:\(line): \(words)"))
        }
    }

    private func problem(_ text: String) throws -> String {
        do throws(BrokerFault) {
            _ = try YAMLDocument.parse(text, file: "x.yaml")
        } catch {
            return error.description
        }
        throw RunningBroker.Unexpected.accepted(text)
    }

    /// The file may hold a key or a person's name: nobody who reads the message has to see it.
    @Test(arguments: [
        ("a: 1\nb: 'Planted-Canary\n", "x.yaml:3:1: is not YAML: found unexpected end of stream"),
        ("a: 1\nPlanted-Canary: b: c\n", "x.yaml:2:18: is not YAML: mapping values are not allowed in this context"),
        ("a: [Planted-Canary\nb: 1\n", "x.yaml:2:2: is not YAML: did not find expected ',' or ']'"),
        ("a: *Planted-Canary\n", "x.yaml:1:4: is not YAML: found undefined alias"),
        ("Planted-Canary: 1\nb: 2\nPlanted-Canary: 3\n", "x.yaml:1:1: is not YAML: a key stands there twice in one mapping; keep one of them"),
        ("a: 1\nb: Planted-Canary\u{7}\n", "x.yaml:2:18: is not YAML: control characters are not allowed"),
        ("a: Planted-Canary\n---\nb: 1\n", "x.yaml:2:1: is not YAML: but found another document"),
    ])
    func whatIsNoYAMLIsToldByItsPlaceAndNotByItsContent(_ text: String, _ words: String) throws {
        #expect(try problem(text) == words)
    }

    @Test func aFileThatIsNotUTF8IsToldByItsPlace() throws {
        // Latin-1: the second line is "é: x" after two good characters.
        let bytes = Array("ab: 1\n\u{e9}".utf8) + [0x63, 0xe9, 0x3a, 0x20]
        #expect(
            throws: BrokerFault.document(
                file: "x.yaml", line: 2, column: 3, reason: "is not UTF-8: save the file in the encoding UTF-8, or convert it with: iconv -f LATIN1 -t UTF-8")
        ) { try YAMLDocument.parse(bytes, file: "x.yaml") }
    }
}
