import ProtobufWire
import Testing
import Vocabulary

@testable import Redaction

/// What a new revision would take from the agreements about the live one is found field by field.
@Suite struct SchemaDifferenceTests {
    private func schema(_ fields: [FieldSchema], level: Sensitivity.Level = .personal, keys: [String] = ["nino"]) throws -> DatasetSchema {
        try DatasetSchema(
            packageName: "uc.people", root: MessageSchema(name: "Person", fields: fields),
            labels: [path("nino"): try Sensitivity(level: level, role: .subjectKey, path: "nino")], keys: keys)
    }

    private func field(_ number: Int, _ name: String, _ type: FieldType = .scalar(.string), _ cardinality: Cardinality = .optional) throws -> FieldSchema {
        try FieldSchema(number: number, name: name, type: type, cardinality: cardinality)
    }

    private func live() throws -> DatasetSchema {
        try schema([field(1, "nino"), field(2, "notes"), field(3, "rate", .scalar(.int64))])
    }

    private func words(_ next: DatasetSchema) throws -> [String] {
        SchemaDifference(from: try live(), to: next).fields.map { "\($0.path) \($0.change)" }
    }

    @Test func theSameSchemaDiffersInNothing() throws {
        #expect(SchemaDifference(from: try live(), to: try live()).isEmpty)
    }

    @Test func aFieldThatVanishesIsNamed() throws {
        let next = try schema([field(1, "nino"), field(3, "rate", .scalar(.int64))])
        #expect(try words(next) == ["notes would vanish"])
        #expect(SchemaDifference(from: try live(), to: next).removed.map(\.description) == ["notes"])
    }

    @Test func anotherTypeAndAnotherCardinalityAreNamed() throws {
        let next = try schema([field(1, "nino"), field(2, "notes", .scalar(.string), .repeated), field(3, "rate", .scalar(.double))])
        #expect(
            try words(next) == ["notes would change its type from string to repeated string", "rate would change its type from int64 to double"])
    }

    @Test func anotherLabelIsNamed() throws {
        let next = try schema([field(1, "nino"), field(2, "notes"), field(3, "rate", .scalar(.int64))], level: .public)
        #expect(try words(next) == ["nino would have another label"])
    }

    @Test func aNewFieldIsNamed() throws {
        let next = try schema([field(1, "nino"), field(2, "notes"), field(3, "rate", .scalar(.int64)), field(4, "more")])
        #expect(try words(next) == ["more would be new"])
    }

    @Test func aLeafOfAMessageIsNamedByItsPath() throws {
        let inner = try MessageSchema(name: "Inner", fields: [field(1, "a")])
        let next = try schema([field(1, "nino"), field(2, "notes", .message(inner), .singular), field(3, "rate", .scalar(.int64))])
        #expect(try words(next) == ["notes would vanish", "notes.a would be new"])
    }

    @Test func numbersAndKeysMakeAnotherSchemaWithoutAField() throws {
        for next in [
            try schema([field(1, "nino"), field(2, "notes"), field(7, "rate", .scalar(.int64))]),
            try schema([field(1, "nino"), field(2, "notes"), field(3, "rate", .scalar(.int64))], keys: []),
        ] {
            let difference = SchemaDifference(from: try live(), to: next)
            #expect(difference.fields.isEmpty && difference.isElsewhere && !difference.isEmpty)
        }
    }
}
