import Cryptography
import ProtobufWire
import Testing
import Vocabulary

@testable import Redaction

/// What compiles, what does not, and what a reviewer is told (matrix E9, E10).
@Suite struct PolicyTests {
    private func schema() throws -> DatasetSchema {
        let address = try MessageSchema(
            name: "Address",
            fields: [
                FieldSchema(number: 1, name: "postcode", type: .scalar(.string)), FieldSchema(number: 2, name: "uprn", type: .scalar(.uint64)),
            ])
        let status = try EnumSchema(name: "Status", values: [.init(name: "UNKNOWN", number: 0), .init(name: "LIVE", number: 1)])
        let root = try MessageSchema(
            name: "Claim",
            fields: [
                FieldSchema(number: 1, name: "nino", type: .scalar(.string)), FieldSchema(number: 2, name: "born", type: .scalar(.string)),
                FieldSchema(number: 3, name: "address", type: .message(address), cardinality: .singular),
                FieldSchema(number: 4, name: "status", type: .enumeration(status)),
                FieldSchema(number: 5, name: "pence", type: .scalar(.int64), cardinality: .singular),
                FieldSchema(number: 6, name: "rates", type: .scalar(.double), cardinality: .repeated),
                FieldSchema(number: 7, name: "tags", type: .map(key: .string, value: .scalar(.string)), cardinality: .repeated),
                FieldSchema(number: 8, name: "health", type: .scalar(.bool)),
                FieldSchema(number: 9, name: "birthday", type: .scalar(.string)),
            ])
        func label(_ level: Sensitivity.Level, _ role: Sensitivity.Role, _ domain: String = "", _ canon: Canonicaliser? = nil, never: [String] = []) throws -> Sensitivity {
            try Sensitivity(level: level, role: role, domain: domain, canon: canon, neverTo: never, path: "test")
        }
        let labels: [FieldPath: Sensitivity] = [
            try path("nino"): try label(.personal, .directIdentifier, "nino", .ninoDemo), try path("born"): try label(.personal, .quasiIdentifier, "dob"),
            try path("address.postcode"): try label(.personal, .quasiIdentifier, "postcode"), try path("health"): try label(.specialCategory, .attribute, never: ["private-sector"]),
            try path("birthday"): try label(.personal, .quasiIdentifier, "dob"), try path("pence"): try label(.personal, .attribute),
            try path("status"): try label(.official, .attribute), try path("tags"): try label(.personal, .attribute),
        ]
        return try DatasetSchema(packageName: "test", root: root, labels: labels, keys: ["nino"], isSynthetic: true)
    }

    private func reason(_ rules: [ReleaseRule], filter: RowFilter? = nil) throws -> String? {
        do {
            _ = try program(schema(), rules, filter: filter)
            return nil
        } catch let fault as RedactionFault {
            return fault.description
        }
    }

    @Test func aRuleThatNamesNoFieldDoesNotCompile() throws {
        #expect(
            try reason([rule("nin0", "allow")])
                == "field nin0: the schema has no such field; it has nino, born, address.postcode, address.uprn, status, pence, rates, tags.key, tags.value, health, birthday")
        #expect(try reason([rule("nino.digits", "allow")])?.hasPrefix("field nino.digits: the schema has no such field") == true)
    }

    @Test func aMessageIsNotReleasedAsAWhole() throws {
        #expect(
            try reason([rule("address", "allow")])
                == "field address: it holds other fields; list each that may leave, such as address.postcode")
    }

    @Test func twoRulesForOneFieldDoNotCompile() throws {
        #expect(try reason([rule("nino", "allow"), rule("nino", "mask")]) == "field nino: two rules name it; keep one")
    }

    @Test func aPolicyThatReleasesNothingDoesNotCompile() throws {
        #expect(try reason([]) == "field *: no field is released; list at least one")
        #expect(try reason([rule("nino", "drop")]) == "field *: no field is released; list at least one")
    }

    @Test(arguments: [
        ("pence", "mask", [:]), ("status", "bucket", ["edges": "0,1"]), ("rates", "bucket", ["edges": "0,1"]), ("health", "round", ["base": "5"]),
        ("pence", "round", ["base": "0.5"]), ("address.uprn", "postcode", ["level": "area"]), ("pence", "age-band", ["bands": "0"]),
        ("pence", "pseudonym", ["scope": "agreement", "domain": "x", "canon": "opaque.v1"]),
    ] as [(String, String, [String: String])])
    func aTransformThatCannotTakeTheTypeDoesNotCompile(path: String, name: String, parameters: [String: String]) throws {
        #expect(try reason([rule(path, name, parameters)])?.hasPrefix("field \(path): ") == true)
    }

    @Test func droppingAFieldWithoutPresenceMustBeSaid() throws {
        #expect(
            try reason([rule("nino", "allow"), rule("pence", "drop")])
                == "field pence: its absence looks like the default value; leave the rule out, or say drop_as_default=true")
        #expect(try reason([rule("nino", "allow"), rule("pence", "drop", ["drop_as_default": "true"]), rule("born", "drop")]) == nil)
    }

    @Test func aMapLeavesWithKeyAndValueOrNotAtAll() throws {
        let text = "field tags.key: a map's key and value are released together; list both or neither"
        #expect(try reason([rule("tags.key", "allow")]) == text)
        #expect(try reason([rule("tags.value", "allow")]) == text)
        #expect(
            try reason([rule("tags.key", "mask"), rule("tags.value", "allow")])
                == "field tags.key: keys of a map can be allowed or left out; they cannot be transformed")
        #expect(try reason([rule("tags.key", "allow"), rule("tags.value", "allow")]) == nil)
    }

    @Test func aPseudonymUsesTheCanonOfTheLabel() throws {
        let parameters = ["scope": "agreement", "domain": "nino", "canon": "opaque.v1"]
        #expect(
            try reason([rule("nino", "pseudonym", parameters)])
                == "field nino: its label says canon nino.demo.v1 and the rule opaque.v1; use the label's")
    }

    @Test func aLabelCanForbidARecipient() throws {
        guard let recipient = OrganisationID("big-energy"), let agreement = AgreementID("ISA-2026-0042") else { return }
        let context = RedactionContext(recipient: recipient, recipientClasses: ["private-sector"], agreement: agreement)
        #expect(throws: RedactionFault.rule(path: "health", reason: "its label never releases it to the class private-sector; remove the rule")) {
            try RedactionProgram(schema: schema(), rules: [rule("health", "allow")], rowFilter: nil, context: context)
        }
    }

    @Test(arguments: [
        ("rates", ["1"]), ("tags", ["a"]), ("address", ["a"]), ("nowhere", ["a"]), ("status", ["DEAD"]), ("pence", ["1.5"]), ("pence", ["0"]), ("health", ["yes"]),
        ("nino", []), ("pence", ["9223372036854775808"]),
    ] as [(String, [String])])
    func aFilterThatCannotBeDecidedDoesNotCompile(field: String, values: [String]) throws {
        #expect(try reason([rule("nino", "allow")], filter: .test(path(field), anyOf: values))?.hasPrefix("row filter on \(field): ") == true)
    }

    @Test func anEmptyGroupDoesNotCompile() throws {
        #expect(try reason([rule("nino", "allow")], filter: .all([])) == "row filter on *: a group holds no test; remove it")
        #expect(try reason([rule("nino", "allow")], filter: .any([])) == "row filter on *: a group holds no test; remove it")
    }

    /// E9: missing, of another wire type, not UTF-8, an undefined enum number.
    @Test func aConditionThatCannotBeReadDenies() throws {
        let program = try program(
            schema(), [rule("nino", "allow")],
            filter: .any([.test(path("status"), anyOf: ["LIVE", "UNKNOWN"]), .test(path("address.postcode"), anyOf: ["LS1 4AP"])]))
        let nino = Wire().text(1, "QQ123456A")
        for record in [
            nino, nino.text(4, "LIVE"), nino.number(4, 2), nino.number(4, 1).number(4, 2), nino.block(3, Wire().text(1, "LS1 4AQ").bytes),
            nino.block(3, Wire().number(1, 1).bytes), nino.block(3, [0x0a, 0x01, 0xff]),
        ] {
            #expect(try redact(record.bytes, by: program) == nil)
        }
        #expect(try redact(nino.number(4, 1).bytes, by: program) == nino.bytes)
        #expect(try redact(nino.number(4, 0).bytes, by: program) == nino.bytes)
        #expect(try redact(nino.block(3, Wire().text(1, "x").bytes).block(3, Wire().text(1, "LS1 4AP").bytes).bytes, by: program) == nino.bytes)
    }

    @Test func lintSaysWhatAReviewerShouldSee() throws {
        let program = try program(
            schema(),
            [
                rule("nino", "allow"), rule("born", "age-band", ["bands": "0,18"]), rule("birthday", "allow"), rule("health", "allow"), rule("tags.key", "allow"),
                rule("tags.value", "allow"), rule("address.uprn", "allow"),
                rule("address.postcode", "pseudonym", ["scope": "agreement", "domain": "postcode", "canon": "postcode.v1"]),
            ], filter: .test(path("status"), anyOf: ["LIVE"]))
        #expect(
            program.findings.map { "\($0.path) \($0.kind.rawValue)" } == [
                "nino direct-identifier-allowed", "address.postcode low-cardinality-pseudonym", "address.uprn unlabelled", "tags.key map-keys-released",
                "health sensitive-allowed", "birthday exact-beside-generalised", "status filter-on-hidden",
            ])
    }

    @Test func lintSaysWhatAnAnswerTells() throws {
        func findings(_ rules: [ReleaseRule]) throws -> [String] {
            try program(schema(), rules).findings.map { "\($0.path) \($0.kind.rawValue)" }
        }
        #expect(try findings([rule("health", "exists")]) == ["health sensitive-inferred"])
        #expect(try findings([rule("health", "predicate", ["as": "text", "op": "eq", "value": "true"])]) == ["health sensitive-inferred"])
        #expect(try findings([rule("health", "constant", ["value": "true"])]) == ["health sensitive-inferred", "health constant-released"])
        #expect(try findings([rule("health", "constant", ["value": "true", "only_if_present": "false"])]) == ["health constant-released"])
        #expect(try findings([rule("nino", "truncate", ["max": "4"])]) == ["nino short-values-whole"])
        #expect(try findings([rule("pence", "exists")]) == [])
        // Whether somebody is of age, beside the day of birth.
        #expect(
            try findings([rule("born", "predicate", ["as": "age", "op": "ge", "value": "18"]), rule("birthday", "allow")])
                == ["birthday exact-beside-generalised"])
    }

    /// By one judgement: whatever does not leave as it is tells more where who is found, or is in the answer, tells of it.
    @Test func lintSaysWhatFiltersAndSearchesTell() throws {
        let rules = try [rule("nino", "allow"), rule("born", "date-generalise", ["unit": "year"]), rule("pence", "null"), rule("birthday", "exists")]
        let fields = try ["nino", "born", "pence", "birthday", "address.postcode"].map(path)
        let program = try program(schema(), rules, filter: .all(fields.filter { $0.description != "pence" }.map { .test($0, anyOf: ["x"]) }))
        let told = program.findings.filter { $0.kind == .filterOnHidden }
        #expect(told.map { "\($0.path) \($0.text.contains("which is not released"))" } == ["address.postcode true", "birthday false", "born false"])
        #expect(
            program.findings(onSearchesBy: fields).map { "\($0.path) \($0.kind.rawValue)" } == [
                "address.postcode search-by-hidden", "birthday search-by-hidden", "born search-by-hidden", "pence search-by-hidden",
            ])
    }

    @Test func theOutputSchemaHoldsTheListedFieldsWithTheTypesTheyLeaveIn() throws {
        let program = try program(schema(), [rule("nino", "mask"), rule("pence", "bucket", ["edges": "0,100"]), rule("address.uprn", "allow")])
        let root = program.outputSchema.root
        #expect(root.fields.map(\.name) == ["nino", "address", "pence"])
        #expect(root.field(named: "pence")?.type == .scalar(.string))
        guard case .message(let address)? = root.field(named: "address")?.type else {
            Issue.record("address is a message")
            return
        }
        #expect(address.fields.map(\.name) == ["uprn"])
        #expect(try SchemaFile(canonicalBytes: program.outputSchema.canonicalBytes) == program.outputSchema)
    }

    @Test func anotherPolicyContextOrSchemaHasAnotherDigest() throws {
        let base = try program(schema(), [rule("nino", "allow"), rule("born", "allow")])
        guard let other = OrganisationID("hmrc"), let agreement = AgreementID("ISA-2026-0042") else { return }
        let digests = try [
            base.digest, program(schema(), [rule("nino", "allow")]).digest, program(schema(), [rule("nino", "mask"), rule("born", "allow")]).digest,
            program(schema(), [rule("nino", "allow"), rule("born", "allow")], filter: .test(path("status"), anyOf: ["LIVE"])).digest,
            RedactionProgram(
                schema: schema(), rules: base.rules, rowFilter: nil, context: RedactionContext(recipient: other, agreement: agreement)
            ).digest,
        ]
        #expect(Set(digests).count == 5)
        // The order in which the rules are written is no difference.
        #expect(try program(schema(), [rule("born", "allow"), rule("nino", "allow")]).digest == base.digest)
    }
}
