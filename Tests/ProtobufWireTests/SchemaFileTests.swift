import Cryptography
import Testing

@testable import ProtobufWire

@Suite struct SchemaFileTests {
    private func text(_ number: Int, _ name: String, _ cardinality: Cardinality = .singular) throws -> FieldSchema {
        try FieldSchema(number: number, name: name, type: .scalar(.string), cardinality: cardinality)
    }

    /// The bytes written out by hand from `descriptor.proto`: set { file 1 { name 1, package 2, message_type 4 { name 1, field 2 {...} }, syntax 12 } }.
    @Test func theSmallestSchemaHasTheseBytes() throws {
        let file = try SchemaFile(packageName: "p", root: MessageSchema(name: "M", fields: [text(1, "a")]))
        let field: [UInt8] = [0x0a, 1, 0x61, 0x18, 1, 0x20, 1, 0x28, 9]
        let message: [UInt8] = [0x0a, 1, 0x4d, 0x12, UInt8(field.count)] + field
        let name = Array("record.proto".utf8)
        let body = [0x0a, UInt8(name.count)] + name + [0x12, 1, 0x70, 0x22, UInt8(message.count)] + message + [0x62, 6] + Array("proto3".utf8)
        #expect(file.canonicalBytes == [0x0a, UInt8(body.count)] + body)
        #expect(file.digest == Digest.sha256(file.canonicalBytes))
        #expect(try SchemaFile(canonicalBytes: file.canonicalBytes) == file)
    }

    @Test func explicitPresenceIsASyntheticOneofAfterTheRealOnes() throws {
        let root = try MessageSchema(name: "M", fields: [text(1, "a", .optional), text(2, "b", .oneof("pick")), text(3, "c", .oneof("pick"))])
        let file = try SchemaFile(packageName: "p", root: root)
        // oneof_index 9 of `a` is 1, proto3_optional 17 is true; those of `b` and `c` are 0, written although zero.
        let a: [UInt8] = [0x0a, 1, 0x61, 0x18, 1, 0x20, 1, 0x28, 9, 0x48, 1, 0x88, 0x01, 1]
        let b: [UInt8] = [0x0a, 1, 0x62, 0x18, 2, 0x20, 1, 0x28, 9, 0x48, 0]
        let c: [UInt8] = [0x0a, 1, 0x63, 0x18, 3, 0x20, 1, 0x28, 9, 0x48, 0]
        var message: [UInt8] = [0x0a, 1, 0x4d]
        for field in [a, b, c] { message += [0x12, UInt8(field.count)] + field }
        message += [0x42, 6, 0x0a, 4] + Array("pick".utf8) + [0x42, 4, 0x0a, 2] + Array("_a".utf8)
        #expect(Array(file.canonicalBytes).firstRange(of: message) != nil)
        #expect(try SchemaFile(canonicalBytes: file.canonicalBytes).root == root)
    }

    @Test func everyTypeComesBack() throws {
        let child = try MessageSchema(name: "Child", fields: [text(1, "a")])
        let kind = try EnumSchema(name: "Kind", values: [.init(name: "KIND_B", number: 2), .init(name: "KIND_NONE", number: 0), .init(name: "KIND_NEGATIVE", number: -1)])
        var fields: [FieldSchema] = []
        for (index, scalar) in ScalarType.allCases.enumerated() {
            fields.append(try FieldSchema(number: index + 1, name: "one_\(scalar.name)", type: .scalar(scalar), cardinality: .singular))
            fields.append(try FieldSchema(number: index + 101, name: "many_\(scalar.name)", type: .scalar(scalar), cardinality: .repeated))
            guard scalar.isMapKey else { continue }
            fields.append(try FieldSchema(number: index + 201, name: "map_\(scalar.name)", type: .map(key: scalar, value: .message(child)), cardinality: .repeated))
        }
        fields.append(try FieldSchema(number: 301, name: "kind", type: .enumeration(kind), cardinality: .optional, annotation: [8, 1]))
        fields.append(try FieldSchema(number: 302, name: "kinds_by_name", type: .map(key: .string, value: .enumeration(kind)), cardinality: .repeated))
        fields.append(try FieldSchema(number: 303, name: "child", type: .message(child), cardinality: .singular))
        let file = try SchemaFile(packageName: "a.b", root: MessageSchema(name: "Root", fields: fields, annotation: [16, 1]))
        #expect(try SchemaFile(canonicalBytes: file.canonicalBytes) == file)
        #expect(file.root.fields.map(\.number) == file.root.fields.map(\.number).sorted())
        #expect(kind.values.map(\.number) == [0, -1, 2])
    }

    @Test(arguments: [0, -1, 19_000, 19_999, 1 << 29, (1 << 29) - 1])
    func impossibleFieldNumbersAreRefused(number: Int) {
        #expect(throws: SchemaFault.number(field: "a", number)) { try text(number, "a") }
    }

    @Test(arguments: ["", "1a", "a-b", "a.b", "é", "a b", String(repeating: "a", count: 65), "_a"])
    func namesThatAreNoIdentifiersAreRefused(name: String) {
        #expect(throws: SchemaFault.name(name)) { try text(1, name) }
    }

    @Test func numbersAndNamesAreUnique() throws {
        #expect(throws: SchemaFault.duplicate(message: "M", field: "b")) { try MessageSchema(name: "M", fields: [text(1, "a"), text(1, "b")]) }
        // JSON readers see both as `fooBar`.
        #expect(throws: SchemaFault.duplicate(message: "M", field: "fooBar")) { try MessageSchema(name: "M", fields: [text(1, "foo_bar"), text(2, "fooBar")]) }
        #expect(throws: SchemaFault.empty(message: "M")) { try MessageSchema(name: "M", fields: []) }
    }

    @Test func typesThatCannotStandThereAreRefused() throws {
        let child = try MessageSchema(name: "Child", fields: [text(1, "a")])
        #expect(throws: SchemaFault.self) { try FieldSchema(number: 1, name: "m", type: .map(key: .double, value: .scalar(.string)), cardinality: .repeated) }
        #expect(throws: SchemaFault.self) { try FieldSchema(number: 1, name: "m", type: .map(key: .string, value: .scalar(.string)), cardinality: .singular) }
        #expect(throws: SchemaFault.self) { try FieldSchema(number: 1, name: "m", type: .message(child), cardinality: .optional) }
        #expect(throws: SchemaFault.self) { try EnumSchema(name: "E", values: [.init(name: "A", number: 1)]) }
        #expect(throws: SchemaFault.self) { try EnumSchema(name: "E", values: [.init(name: "A", number: 0), .init(name: "B", number: 0)]) }
    }

    @Test func twoTypesOfOneNameAreRefused() throws {
        let one = try FieldSchema(number: 1, name: "x", type: .message(MessageSchema(name: "Child", fields: [text(1, "a")])), cardinality: .singular)
        let two = try FieldSchema(number: 2, name: "y", type: .message(MessageSchema(name: "Child", fields: [text(1, "b")])), cardinality: .singular)
        #expect(throws: SchemaFault.conflict("Child")) { try SchemaFile(packageName: "p", root: MessageSchema(name: "M", fields: [one, two])) }
        // The same type twice is one type.
        let again = try FieldSchema(number: 2, name: "y", type: one.type, cardinality: .singular)
        #expect(try SchemaFile(packageName: "p", root: MessageSchema(name: "M", fields: [one, again])).root.leafCount == 2)
    }

    @Test func aRecursiveDescriptorIsRefused() {
        // M { M m = 1 }
        let type = Array(".p.M".utf8)
        let field: [UInt8] = [0x0a, 1, 0x6d, 0x18, 1, 0x20, 1, 0x28, 11, 0x32, UInt8(type.count)] + type
        let message: [UInt8] = [0x0a, 1, 0x4d, 0x12, UInt8(field.count)] + field
        let name = Array("record.proto".utf8)
        let body = [0x0a, UInt8(name.count)] + name + [0x12, 1, 0x70, 0x22, UInt8(message.count)] + message + [0x62, 6] + Array("proto3".utf8)
        #expect(throws: SchemaFault.type(field: "M", reason: "the message contains itself; recursive types cannot be listed field by field")) {
            try SchemaFile(canonicalBytes: [0x0a, UInt8(body.count)] + body)
        }
    }

    @Test func whatTheEncoderDoesNotWriteIsRefused() throws {
        let file = try SchemaFile(packageName: "p", root: MessageSchema(name: "M", fields: [text(1, "a")]))
        #expect(throws: SchemaFault.unsupported("descriptor field 2")) { try SchemaFile(canonicalBytes: file.canonicalBytes + [0x12, 0]) }
        #expect(throws: SchemaFault.self) { try SchemaFile(canonicalBytes: []) }
        for index in file.canonicalBytes.indices {
            var bytes = file.canonicalBytes
            bytes[index] ^= 0x40
            if let other = try? SchemaFile(canonicalBytes: bytes) { #expect(other.canonicalBytes == bytes) }
        }
    }

    @Test func theLimitsHold() throws {
        #expect(throws: SchemaFault.tooLarge("message M has more than 512 fields")) {
            try MessageSchema(name: "M", fields: (1...513).map { try text($0, "f\($0)") })
        }
        let wide = try MessageSchema(name: "Wide", fields: (1...512).map { try text($0, "f\($0)") })
        let fields = try (1...3).map { try FieldSchema(number: $0, name: "m\($0)", type: .message(wide), cardinality: .singular) }
        #expect(try MessageSchema(name: "M", fields: Array(fields.prefix(2))).leafCount == 1_024)
        #expect(throws: SchemaFault.tooLarge("more than 1024 leaf fields under M")) { try MessageSchema(name: "M", fields: fields) }
    }
}
