import ProtobufWire
import Testing
import Vocabulary

@testable import Redaction

/// T03 null, and what an answer tells about its rules.
@Suite struct NoticeTests {
    private func schema() throws -> DatasetSchema {
        try dataset([
            FieldSchema(number: 1, name: "nino", type: .scalar(.string)), FieldSchema(number: 2, name: "born", type: .scalar(.string)),
            FieldSchema(number: 3, name: "health", type: .scalar(.bool)), FieldSchema(number: 4, name: "pence", type: .scalar(.int64), cardinality: .singular),
            FieldSchema(number: 5, name: "notes", type: .scalar(.string)),
        ])
    }

    private func policy() throws -> RedactionProgram {
        try program(
            schema(),
            [
                rule("nino", "allow"), rule("born", "predicate", ["as": "age", "op": "ge", "value": "18"]), rule("health", "null"), rule("pence", "null"),
                rule("notes", "null", ["notice": "false"]),
            ])
    }

    @Test func aFieldUnderNullIsWithheldAndNotRead() throws {
        let program = try policy()
        let record = Wire().text(1, "QQ123456A").text(2, "2000-01-01").number(3, 1).number(4, 9).text(5, "x").bytes
        #expect(try redact(record, by: program) == Wire().text(1, "QQ123456A").number(2, 1).bytes)
        #expect(program.columns.map(\.name) == ["nino", "born"])
        #expect(program.outputSchema.root.fields.map(\.name) == ["nino", "born"])
        #expect(program.askedLeaves == LeafSet([0, 1]))
    }

    @Test func theNoticeNamesWhatIsWithheldAndHowToReadWhatIsChanged() throws {
        let notice = try policy().notice
        #expect(notice.withheld.map(\.description) == ["health", "pence"])
        #expect(notice.changed.map { "\($0.path): \($0.transform)" } == ["born: predicate as=age op=ge ref=exchange_date value=18"])
    }

    @Test func aRuleWithoutItsNoticeLooksLikeNoRule() throws {
        #expect(try policy().leafRules.map { "\($0.path) \($0.transform.name)" } == ["nino allow", "born predicate", "health null", "pence null", "notes drop"])
    }

    /// Who asks for some of the fields is told of the withheld ones too, and of changes of what was asked for only.
    @Test func fewerFieldsKeepTheNotice() throws {
        let narrowed = try policy().narrowed(to: [path("nino")])
        #expect(narrowed.notice.withheld.map(\.description) == ["health", "pence"])
        #expect(narrowed.notice.changed == [])
        #expect(throws: RedactionFault.self) { try policy().narrowed(to: [path("health")]) }
    }

    @Test func aFieldWhoseAbsenceLooksLikeADefaultNeedsTheNotice() throws {
        #expect(
            throws: RedactionFault.rule(path: "pence", reason: "its absence looks like the default value; leave the rule out, or say notice=true")
        ) { try program(schema(), [rule("nino", "allow"), rule("pence", "null", ["notice": "false"])]) }
    }

    @Test func nullAloneReleasesNothing() throws {
        #expect(throws: RedactionFault.rule(path: "*", reason: "no field is released; list at least one")) { try program(schema(), [rule("nino", "null")]) }
    }
}
