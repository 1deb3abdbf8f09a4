import ProtobufWire
import Testing
import Vocabulary

@testable import Redaction

/// Matrix D: what a source may hide in its wire bytes. Records are read leniently unless the dataset is strict.
@Suite struct SmugglingTests {
    /// Fields: 1 name, 2 inner { 1 kept, 2 hidden }, 3 numbers packed, 4 map, 5 state enum, 6 flag, 7 small int32, 8 or 9 of a oneof, 10 double,
    /// 11 fixed32, 12 items repeated inner.
    private func schema(strict: Bool = false) throws -> DatasetSchema {
        let inner = try MessageSchema(
            name: "Inner",
            fields: [
                FieldSchema(number: 1, name: "kept", type: .scalar(.string)), FieldSchema(number: 2, name: "hidden", type: .scalar(.string)),
            ])
        let state = try EnumSchema(name: "State", values: [.init(name: "NONE", number: 0), .init(name: "ACTIVE", number: 1)])
        return try dataset(
            [
                FieldSchema(number: 1, name: "name", type: .scalar(.string)),
                FieldSchema(number: 2, name: "inner", type: .message(inner), cardinality: .singular),
                FieldSchema(number: 3, name: "numbers", type: .scalar(.uint32), cardinality: .repeated),
                FieldSchema(number: 4, name: "tags", type: .map(key: .string, value: .message(inner)), cardinality: .repeated),
                FieldSchema(number: 5, name: "state", type: .enumeration(state)),
                FieldSchema(number: 6, name: "flag", type: .scalar(.bool)),
                FieldSchema(number: 7, name: "small", type: .scalar(.int32)),
                FieldSchema(number: 8, name: "phone", type: .scalar(.string), cardinality: .oneof("contact")),
                FieldSchema(number: 9, name: "email", type: .scalar(.string), cardinality: .oneof("contact")),
                FieldSchema(number: 10, name: "rate", type: .scalar(.double)),
                FieldSchema(number: 11, name: "code", type: .scalar(.fixed32)),
                FieldSchema(number: 12, name: "items", type: .message(inner), cardinality: .repeated),
            ], strict: strict)
    }

    private func policy(strict: Bool = false) throws -> RedactionProgram {
        let allowed = [
            "name", "inner.kept", "numbers", "tags.key", "tags.value.kept", "state", "flag", "small", "email", "rate", "code", "items.kept",
        ]
        return try program(schema(strict: strict), allowed.map { try rule($0, "allow") })
    }

    private func released(_ record: Wire, strict: Bool = false) throws -> [UInt8]? {
        try redact(record.bytes, by: policy(strict: strict))
    }

    private let name = Wire().text(1, "a")

    @Test func d1UnknownFieldsAreDroppedAtEveryDepth() throws {
        let unknown = Wire().text(99, "QQ123456A")
        let inner = Wire().text(1, "k").text(99, "QQ123456A").bytes
        let record = name.block(2, inner).block(4, Wire().text(1, "key").block(2, inner).text(3, "x").bytes).block(12, inner).raw(unknown.bytes)
        let clean = Wire().text(1, "k").bytes
        let expected = name.block(2, clean).block(4, Wire().text(1, "key").block(2, clean).bytes).block(12, clean).bytes
        #expect(try released(record) == expected)
        #expect(try released(record, strict: true) == nil)
    }

    @Test func d1UnlistedFieldsAreDroppedAtEveryDepth() throws {
        let inner = Wire().text(1, "k").text(2, "QQ123456A").bytes
        let clean = Wire().text(1, "k").bytes
        #expect(try released(name.block(2, inner).block(12, inner)) == name.block(2, clean).block(12, clean).bytes)
    }

    @Test(arguments: [
        [0x08, 0x05], [0x09, 1, 2, 3, 4, 5, 6, 7, 8], [0x0d, 1, 2, 3, 4],
    ] as [[UInt8]])
    func d2AKnownNumberWithAnotherWireTypeIsDropped(bytes: [UInt8]) throws {
        #expect(try released(Wire().raw(bytes)) == [])
        #expect(try released(Wire().raw(bytes).raw(name.bytes)) == name.bytes)
        #expect(try released(Wire().raw(bytes), strict: true) == nil)
    }

    @Test func d2AStringInANumberIsDropped() throws {
        #expect(try released(Wire().text(7, "QQ123456A").raw(name.bytes)) == name.bytes)
    }

    @Test(arguments: [
        // Field 0, 19000, 19999, 2^29 - 1, 2^29; wire types 6 and 7.
        [0x00, 0x01], Wire.varint(19_000 << 3) + [1], Wire.varint(19_999 << 3) + [1], Wire.varint(((1 << 29) - 1) << 3) + [1],
        Wire.varint(1 << 32) + [1], [0x0e, 0x01], [0x0f, 0x01],
    ] as [[UInt8]])
    func d3ImpossibleTagsWithholdTheRecord(bytes: [UInt8]) throws {
        #expect(try released(name.raw(bytes)) == nil)
        #expect(try released(name.block(2, bytes)) == nil)
    }

    @Test func d4GroupsWithholdTheRecord() throws {
        let nested = [UInt8](repeating: 0x0b, count: 100_000) + [UInt8](repeating: 0x0c, count: 100_000)
        for bytes in [[0x0b, 0x0c], [0x0b], [0x0c], nested, [UInt8](repeating: 0x0b, count: 100_000)] as [[UInt8]] {
            #expect(try released(name.raw(bytes)) == nil)
        }
    }

    @Test func d5SixtyFourLevelsAreReadAndNoSchemaHasMore() throws {
        var message = try MessageSchema(name: "L64", fields: [FieldSchema(number: 1, name: "leaf", type: .scalar(.string))])
        var record = Wire().text(1, "deep")
        for level in (1...63).reversed() {
            message = try MessageSchema(
                name: "L\(level)", fields: [FieldSchema(number: 1, name: "down", type: .message(message), cardinality: .singular)])
            record = Wire().block(1, record.bytes)
        }
        let schema = try DatasetSchema(packageName: "test", root: message, labels: [:], keys: [])
        let leaf = try #require(schema.leaves.first)
        let program = try program(schema, [ReleaseRule(path: leaf.path, transform: .allow)])
        #expect(try redact(record.bytes, by: program) == record.bytes)
        let deeper = message
        #expect(throws: SchemaFault.tooLarge("more than 64 levels of messages at L0")) {
            try MessageSchema(name: "L0", fields: [FieldSchema(number: 1, name: "down", type: .message(deeper), cardinality: .singular)])
        }
    }

    @Test func d5UnknownNestingIsSkippedWhateverItsDepth() throws {
        var deep: [UInt8] = []
        for _ in 0..<2_000 { deep = Wire().block(1, deep).bytes }
        #expect(try released(name.block(99, deep)) == name.bytes)
        // Inside a known string the same bytes are text, and not descended into.
        var chain: [UInt8] = []
        for _ in 0..<100_000 { chain += [0x0a, 0x7f] }
        #expect(try released(name.block(99, chain)) == name.bytes)
    }

    @Test func d6TheLastOfRepeatedSingularValuesCounts() throws {
        #expect(try released(Wire().text(1, "first").text(1, "last")) == Wire().text(1, "last").bytes)
        // Messages merge; the last value of each field counts.
        let merged = Wire().block(2, Wire().text(1, "x").bytes).block(2, Wire().text(2, "y").bytes).block(2, Wire().text(1, "z").bytes)
        #expect(try released(merged) == Wire().block(2, Wire().text(1, "z").bytes).bytes)
        // Of a oneof the last member counts, also when it is one that is not released.
        #expect(try released(Wire().text(9, "e").text(8, "p").raw(name.bytes)) == name.bytes)
        #expect(try released(Wire().text(8, "p").text(9, "e")) == Wire().text(9, "e").bytes)
        // Of equal map keys the last entry counts, whole.
        let entry = Wire().text(1, "k").block(2, Wire().text(1, "v").bytes).bytes
        let second = Wire().text(1, "k").block(2, Wire().text(1, "w").bytes).bytes
        #expect(try released(Wire().block(4, entry).block(4, second)) == Wire().block(4, second).bytes)
    }

    @Test func d6StrictDatasetsRefuseRepeatedSingularValues() throws {
        let entry = Wire().text(1, "k").block(2, Wire().text(1, "v").bytes).bytes
        for record in [
            Wire().text(1, "first").text(1, "last"), Wire().block(2, Wire().text(1, "x").bytes).block(2, Wire().text(2, "y").bytes),
            Wire().text(9, "e").text(8, "p"), Wire().block(4, entry).block(4, entry), Wire().block(3, [1]).block(3, [2]),
        ] {
            #expect(try released(record, strict: true) == nil)
        }
    }

    @Test func d7PackedAndUnpackedAreReadAlike() throws {
        let packed = Wire().block(3, [1, 2, 3]).bytes
        #expect(try released(Wire().number(3, 1).number(3, 2).number(3, 3)) == packed)
        #expect(try released(Wire().number(3, 1).block(3, [2, 3])) == packed)
        #expect(try released(Wire().block(3, [1, 2]).number(3, 3)) == packed)
        #expect(try released(Wire().number(3, 1), strict: true) == nil)
        // An element that passes the end of its block.
        #expect(try released(Wire().block(3, [1, 0x80])) == nil)
    }

    @Test func d8OverlongNumbersAreRewrittenOrRefused() throws {
        // Tag, length and value in more bytes than needed.
        #expect(try released(Wire().raw([0x8a, 0x00, 0x81, 0x00, 0x61])) == name.bytes)
        #expect(try released(Wire().raw([0x38, 0x85, 0x80, 0x00])) == Wire().number(7, 5).bytes)
        #expect(try released(Wire().raw([0x38, 0x85, 0x80, 0x00]), strict: true) == nil)
        // Eleven bytes, and a tenth over 1.
        #expect(try released(Wire().raw([0x38] + [UInt8](repeating: 0x80, count: 10) + [0x01])) == nil)
        #expect(try released(Wire().raw([0x38] + [UInt8](repeating: 0xff, count: 9) + [0x02])) == nil)
        #expect(try released(Wire().raw([0x38] + [UInt8](repeating: 0xff, count: 9) + [0x01])) == Wire().number(7, .max).bytes)
    }

    @Test func d9ValuesOutsideTheirTypeAreCanonicalisedOrDropped() throws {
        // int32 with high bits: every reader keeps the low 32.
        #expect(try released(Wire().number(7, 1 << 40 | 5)) == Wire().number(7, 5).bytes)
        #expect(try released(Wire().number(7, 0xffff_fffe)) == Wire().number(7, UInt64(bitPattern: -2)).bytes)
        #expect(try released(Wire().number(6, 2)) == Wire().number(6, 1).bytes)
        #expect(try released(Wire().number(5, 7)) == [])
        #expect(try released(Wire().number(5, 1).number(5, 7)) == [])
        func rate(_ bits: UInt64) -> Wire { Wire().raw([0x51] + (0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }) }
        #expect(try released(rate(0x7ff0_0000_0000_0001)) == rate(0x7ff8_0000_0000_0000).bytes)
        #expect(try released(rate(0x8000_0000_0000_0000)) == rate(0).bytes)
        for record in [Wire().number(7, 1 << 40 | 5), Wire().number(6, 2), Wire().number(5, 7), rate(0x7ff0_0000_0000_0001)] {
            #expect(try released(record, strict: true) == nil)
        }
    }

    @Test func d10LengthsPastTheEndWithholdTheRecord() throws {
        for length in [2, 127, 1 << 31, 1 << 63, .max] as [UInt64] {
            #expect(try released(Wire().raw([0x0a] + Wire.varint(length) + [0x61])) == nil)
            #expect(try released(Wire().block(2, [0x0a] + Wire.varint(length) + [0x61])) == nil)
        }
        // A nested length that stays inside the record but passes the end of its own message.
        #expect(try released(Wire().block(2, [0x0a, 0x04, 0x61]).text(1, "after")) == nil)
    }

    @Test func d10TruncationAtEveryOffsetNeverReleasesMore() throws {
        let record = name.block(2, Wire().text(1, "k").bytes).block(3, [1, 2]).number(7, 300).bytes
        let whole = try #require(try released(Wire().raw(record)))
        for length in 0..<record.count {
            if let part = try released(Wire().raw(Array(record.prefix(length)))) { #expect(whole.starts(with: part)) }
        }
    }

    @Test(arguments: [
        [0xff], [0xc0, 0x80], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x80], [0xe2, 0x82], [0xf8, 0x88, 0x80, 0x80, 0x80],
    ] as [[UInt8]])
    func d11TextThatIsNotUTF8IsDropped(bytes: [UInt8]) throws {
        #expect(try released(Wire().block(1, [0x61] + bytes)) == [])
        #expect(try released(Wire().block(1, bytes), strict: true) == nil)
    }

    @Test func d13EntriesOfAMapLeaveInOneOrder() throws {
        func entry(_ key: String) -> [UInt8] { Wire().text(1, key).block(2, Wire().text(1, "v").bytes).bytes }
        let sorted = Wire().block(4, entry("a")).block(4, entry("ab")).block(4, entry("b")).bytes
        #expect(try released(Wire().block(4, entry("b")).block(4, entry("ab")).block(4, entry("a"))) == sorted)
    }

    @Test func d15TheCapsHold() throws {
        let program = try policy()
        var run = try run(program)
        let fields = [UInt8]([0x38, 0x01] * 100_001)
        guard case .withheld(.tooLarge) = run.apply(fields) else {
            Issue.record("more than 100,000 fields were read")
            return
        }
        let large = Wire().block(99, [UInt8](repeating: 0, count: 1 << 20)).bytes
        guard case .withheld(.tooLarge) = run.apply(large) else {
            Issue.record("more than 1 MiB was read")
            return
        }
        let messages = [UInt8]([0x62, 0x00] * 100_000)
        guard case .released(let released) = run.apply(messages) else {
            Issue.record("100,000 empty messages are within the limits")
            return
        }
        #expect(released.bytes == [])
    }
}

private func * (pattern: [UInt8], times: Int) -> [UInt8] {
    (0..<times).flatMap { _ in pattern }
}
