import ProtobufWire
import Testing
import Vocabulary

@testable import Redaction

/// What answers for absent values: T28 exists, and T04 constant with `only_if_present=false`.
@Suite struct AbsenceTests {
    private func schema() throws -> DatasetSchema {
        let address = try MessageSchema(
            name: "Address",
            fields: [
                FieldSchema(number: 1, name: "postcode", type: .scalar(.string), cardinality: .singular),
                FieldSchema(number: 2, name: "uprn", type: .scalar(.uint64), cardinality: .singular),
            ])
        let payment = try MessageSchema(name: "Payment", fields: [FieldSchema(number: 1, name: "note", type: .scalar(.string)), FieldSchema(number: 2, name: "pence", type: .scalar(.int64))])
        let abroad = try MessageSchema(name: "Abroad", fields: [FieldSchema(number: 1, name: "country", type: .scalar(.string))])
        let status = try EnumSchema(name: "Status", values: [.init(name: "NONE", number: 0), .init(name: "LIVE", number: 1)])
        return try dataset([
            FieldSchema(number: 1, name: "nino", type: .scalar(.string), cardinality: .singular),
            FieldSchema(number: 2, name: "pence", type: .scalar(.int64), cardinality: .singular),
            FieldSchema(number: 3, name: "address", type: .message(address), cardinality: .singular),
            FieldSchema(number: 4, name: "payments", type: .message(payment), cardinality: .repeated),
            FieldSchema(number: 5, name: "awards", type: .scalar(.string), cardinality: .repeated), FieldSchema(number: 6, name: "phone", type: .scalar(.string), cardinality: .oneof("contact")),
            FieldSchema(number: 7, name: "email", type: .scalar(.string), cardinality: .oneof("contact")),
            FieldSchema(number: 8, name: "abroad", type: .message(abroad), cardinality: .oneof("place")),
            FieldSchema(number: 9, name: "home", type: .scalar(.string), cardinality: .oneof("place")),
            FieldSchema(number: 10, name: "status", type: .enumeration(status), cardinality: .singular), FieldSchema(number: 11, name: "tags", type: .map(key: .string, value: .scalar(.string)), cardinality: .repeated),
        ])
    }

    @Test(arguments: ["nino", "pence", "awards", "phone", "status"])
    func existsAnswersYesAndNo(field: String) throws {
        let program = try program(schema(), [rule(field, "exists")])
        let output = try #require(program.outputSchema.root.field(named: field))
        #expect(output.type == .scalar(.bool) && output.cardinality == .optional)
        let full = Wire().text(1, "QQ123456A").number(2, 5).text(5, "PIP").text(5, "UC").text(6, "0113").number(10, 1).bytes
        #expect(try redact(full, by: program) == Wire().number(output.number, 1).bytes)
        #expect(try redact([], by: program) == Wire().number(output.number, 0).bytes)
    }

    /// A value that is held but cannot be read is none, and one without presence that is the default is none.
    @Test func whatAllowWouldNotReleaseDoesNotExist() throws {
        let program = try program(schema(), [rule("nino", "exists"), rule("status", "exists"), rule("awards", "exists")])
        let none = Wire().number(1, 0).number(5, 0).number(10, 0).bytes
        #expect(try redact(Wire().block(1, [0xff]).number(10, 9).block(5, [0xff]).bytes, by: program) == none)
        #expect(try redact(Wire().text(1, "").number(10, 0).bytes, by: program) == none)
        #expect(try redact(Wire().number(1, 7).bytes, by: program) == none)
        // An element of a list is there even where it is empty.
        #expect(try redact(Wire().block(5, [0xff]).text(5, "").bytes, by: program) == Wire().number(1, 0).number(5, 1).number(10, 0).bytes)
        let failing = try self.program(failing: ["nino"])
        #expect(try redact(Wire().block(1, [0xff]).bytes, by: failing) == nil)
        #expect(try redact([], by: failing) == Wire().number(1, 0).bytes)
    }

    private func program(failing fields: [String]) throws -> RedactionProgram {
        try program(schema(), fields.map { try rule($0, "exists", ["on_error": "fail"]) })
    }

    private func program(_ schema: DatasetSchema, _ rules: [ReleaseRule]) throws -> RedactionProgram {
        try RedactionTests.program(schema, rules)
    }

    /// Whether a message is there at all was not listed: without it, and with it and nothing listed in it, the record leaves alike.
    @Test func anAnswerInAMessageDoesNotTellThatTheMessageIsThere() throws {
        let program = try program(schema(), [rule("address.postcode", "exists")])
        let no = Wire().block(3, Wire().number(1, 0).bytes).bytes
        var outcomes: [[UInt8]: [[UInt8]]] = [:]
        for record in [[], Wire().block(3, []).bytes, Wire().block(3, Wire().number(2, 1_000).bytes).bytes] {
            var run = try run(program)
            guard case .released(let released) = run.apply(record) else {
                Issue.record("withheld")
                continue
            }
            #expect(released.bytes == no)
            #expect(released.opening.fields.filter { $0.number == 3 }.map(\.disposition) == [.transformed])
            #expect(released.opening.commitment(to: released.bytes) == released.commitment)
            outcomes[released.bytes, default: []].append(record)
        }
        #expect(outcomes.count == 1)
        #expect(try redact(Wire().block(3, Wire().text(1, "LS1 4AP").bytes).bytes, by: program) == Wire().block(3, Wire().number(1, 1).bytes).bytes)
    }

    @Test func aConstantThatDoesNotAskLooksTheSameInEveryRecord() throws {
        let rules = try [
            rule("nino", "constant", ["value": "withheld", "only_if_present": "false"]), rule("pence", "constant", ["value": "-1", "only_if_present": "false"]),
            rule("phone", "constant", ["value": "on file", "only_if_present": "false"]), rule("status", "constant", ["value": "LIVE", "only_if_present": "false"]),
            rule("address.uprn", "constant", ["value": "1", "only_if_present": "false"]),
        ]
        let program = try program(schema(), rules)
        let expected = Wire().text(1, "withheld").number(2, UInt64(bitPattern: -1)).block(3, Wire().number(2, 1).bytes).text(6, "on file").number(10, 1).bytes
        for record in [[], Wire().text(1, "QQ123456A").number(2, 5).block(3, Wire().number(2, 7).bytes).text(6, "0113").number(10, 0).bytes, Wire().text(7, "a@b").block(1, [0xff]).bytes] {
            var run = try run(program)
            guard case .released(let released) = run.apply(record) else {
                Issue.record("withheld")
                continue
            }
            #expect(released.bytes == expected)
            // Not even the dispositions tell which values are held.
            #expect(released.opening.fields.map(\.disposition) == [.transformed, .transformed, .transformed, .withheld, .withheld, .transformed, .withheld, .withheld, .withheld, .transformed, .withheld])
            #expect(released.opening.commitment(to: released.bytes) == released.commitment)
        }
    }

    /// What the outcome does not depend on is not asked for, unless something else needs the field.
    @Test func theSourceIsNotAskedForAConstantThatDoesNotAsk() throws {
        let constant = try rule("nino", "constant", ["value": "withheld", "only_if_present": "false"])
        let inside = try rule("address.uprn", "constant", ["value": "1", "only_if_present": "false"])
        #expect(try program(schema(), [constant, inside, rule("pence", "allow")]).columns.map(\.name) == ["pence"])
        #expect(try program(schema(), [constant, inside, rule("address.postcode", "exists")]).columns.map(\.name) == ["address"])
        let filtered = try RedactionTests.program(schema(), [constant], filter: .test(path("nino"), anyOf: ["QQ123456A"]))
        #expect(filtered.columns.map(\.name) == ["nino"])
        #expect(try redact(Wire().text(1, "QQ123456A").bytes, by: filtered) == Wire().text(1, "withheld").bytes)
        #expect(try redact(Wire().text(1, "QQ123456B").bytes, by: filtered) == nil)
    }

    @Test func aConstantShowsByDefaultOnlyWhereAValueIsHeld() throws {
        let program = try program(schema(), [rule("nino", "constant", ["value": "held"]), rule("awards", "constant", ["value": "an award"]), rule("phone", "constant", ["value": "a phone"])])
        #expect(try redact([], by: program) == [])
        #expect(try redact(Wire().text(1, "").bytes, by: program) == [])
        #expect(
            try redact(Wire().text(1, "QQ123456A").text(5, "PIP").block(5, [0xff]).text(5, "UC").text(6, "").bytes, by: program)
                == Wire().text(1, "held").text(5, "an award").text(5, "an award").text(6, "a phone").bytes)
    }

    @Test(arguments: [
        ("payments.note", "exists", [:], "exists here would answer for each entry of a list, and so count them; choose a field that occurs once"),
        ("tags.value", "exists", [:], "exists here would answer for each entry of a list, and so count them; choose a field that occurs once"),
        ("awards", "constant", ["value": "x", "only_if_present": "false"], "constant here would answer for each entry of a list, and so count them; choose a field that occurs once"),
        ("abroad.country", "exists", [:], "exists here would set one member of a oneof in every record; choose a field outside it"),
        ("pence", "constant", ["value": "0"], "the default value looks like absence in this field; choose another value"),
        ("status", "constant", ["value": "NONE"], "the default value looks like absence in this field; choose another value"),
        ("pence", "top-bottom-code", ["lo": "0"], "the default value looks like absence in this field; choose another bound, or labels"),
        ("pence", "constant", ["value": "many"], "constant value=many is not a int64 in decimal"), ("pence", "constant", ["value": "9223372036854775808"], "constant value=9223372036854775808 is not a int64 in decimal"),
        ("status", "constant", ["value": "DEAD"], "constant value=DEAD is no value of Status"), ("status", "predicate", ["as": "text", "op": "eq", "value": "DEAD"], "predicate value=DEAD is no value of Status"),
        ("pence", "predicate", ["as": "text", "op": "eq", "value": "5"], "predicate takes text, whole numbers with as=number, and bool and enums with as=text"),
        ("pence", "top-bottom-code", ["hi": "0.5"], "top-bottom-code bound 0.5 is not a whole number that a int64 holds exactly"), ("pence", "truncate", ["max": "2"], "truncate takes text; round or bucket a number"),
        ("pence", "date-generalise", ["unit": "year"], "date-generalise takes a day as text YYYY-MM-DD"),
    ] as [(String, String, [String: String], String)])
    func whatWouldMisleadDoesNotCompile(field: String, name: String, parameters: [String: String], reason: String) throws {
        #expect(throws: RedactionFault.rule(path: field, reason: reason)) { try program(schema(), [rule(field, name, parameters)]) }
    }
}
