import Cryptography
import ProtobufWire
import Testing
import Vocabulary

@testable import Redaction

@Suite struct DatasetSchemaTests {
    private func label(_ canon: Canonicaliser? = nil, role: Sensitivity.Role = .directIdentifier) throws -> Sensitivity {
        try Sensitivity(level: .personal, role: role, domain: "nino", canon: canon, minEntropyBits: 29, neverTo: ["private-sector"], path: "nino")
    }

    private func make(_ labels: [FieldPath: Sensitivity], keys: [String] = ["nino"], synthetic: Bool = true) throws -> DatasetSchema {
        let inner = try MessageSchema(name: "Inner", fields: [FieldSchema(number: 3, name: "c", type: .scalar(.string)), FieldSchema(number: 1, name: "a", type: .scalar(.int32))])
        let root = try MessageSchema(
            name: "Person",
            fields: [
                FieldSchema(number: 9, name: "notes", type: .map(key: .string, value: .message(inner)), cardinality: .repeated),
                FieldSchema(number: 4, name: "inner", type: .message(inner), cardinality: .repeated),
                FieldSchema(number: 1, name: "nino", type: .scalar(.string)), FieldSchema(number: 2, name: "rate", type: .scalar(.double)),
            ])
        return try DatasetSchema(packageName: "uc.people", root: root, labels: labels, keys: keys, isSynthetic: synthetic, isStrict: true)
    }

    @Test func leavesAreInDepthFirstOrderOfFieldNumbers() throws {
        #expect(
            try make([:]).leaves.map(\.path.description) == ["nino", "rate", "inner.a", "inner.c", "notes.key", "notes.value.a", "notes.value.c"])
    }

    @Test func aSchemaReadsItsOwnBytes() throws {
        let schema = try make([path("nino"): label(.ninoDemo)])
        let again = try DatasetSchema(canonicalBytes: schema.canonicalBytes)
        #expect(again == schema)
        #expect(again.digest == Digest.sha256(schema.canonicalBytes))
        #expect(again.leaves[0].label == (try label(.ninoDemo)))
        #expect(again.isSynthetic && again.isStrict && again.keys == ["nino"])
    }

    @Test func aLabelChangesTheDigest() throws {
        #expect(try make([:]).digest != make([path("nino"): label()]).digest)
    }

    @Test func aFieldWithoutLabelCountsAsAPersonalDirectIdentifier() throws {
        let label = try make([:]).leaves[1].label
        #expect(label.effectiveLevel == .personal)
        #expect(label.effectiveRole == .directIdentifier)
    }

    @Test func realAndInventedNumbersNeverMeet() throws {
        #expect(throws: RedactionFault.self) { try make([path("nino"): label(.ninoDemo)], synthetic: false) }
        #expect(throws: RedactionFault.self) { try make([path("nino"): label(.nino)], synthetic: true) }
        #expect(try make([path("nino"): label(.nino)], synthetic: false).leaves[0].label.canon == .nino)
    }

    @Test func aLabelThatNamesNoFieldIsRefused() throws {
        #expect(throws: RedactionFault.label(path: "nin0", reason: "the schema has no such value field; label the scalar fields, and a map by its own name")) {
            try make([path("nin0"): label()])
        }
        #expect(throws: RedactionFault.self) { try make([path("inner"): label()]) }
        #expect(throws: RedactionFault.self) { try make([path("notes.key"): label()]) }
    }

    @Test func aKeyIsASingleTextOrWholeNumber() throws {
        #expect(throws: RedactionFault.key(path: "rate", reason: "a key is a single string or whole number; choose another field")) { try make([:], keys: ["rate"]) }
        #expect(throws: RedactionFault.key(path: "nobody", reason: "the record has no field of this name")) { try make([:], keys: ["nobody"]) }
        #expect(throws: RedactionFault.key(path: "nino,nino", reason: "name up to 8 different fields")) { try make([:], keys: ["nino", "nino"]) }
    }

    @Test func everyAlteredByteIsRefusedOrAnotherSchema() throws {
        let schema = try make([path("nino"): label(.ninoDemo)])
        for index in schema.canonicalBytes.indices {
            var bytes = schema.canonicalBytes
            bytes[index] ^= 1
            if let other = try? DatasetSchema(canonicalBytes: bytes) { #expect(other.digest != schema.digest && other.canonicalBytes == bytes) }
        }
        for length in 0..<schema.canonicalBytes.count {
            #expect(throws: RedactionFault.self) { try DatasetSchema(canonicalBytes: Array(schema.canonicalBytes.prefix(length))) }
        }
    }

    @Test func leafSetsHaveOneSpelling() {
        #expect(LeafSet([0, 3, 9]).bytes == [0b0000_1001, 0b0000_0010])
        #expect(LeafSet([9, 0, 3]) == LeafSet(canonicalBytes: [9, 2]))
        #expect(LeafSet(canonicalBytes: [9, 2, 0]) == nil)
        #expect(LeafSet([0, 3]).isSubset(of: LeafSet([0, 3, 9])))
        #expect(!LeafSet([0, 3, 9]).isSubset(of: LeafSet([0, 3])))
        #expect(LeafSet([0]).union(LeafSet([9])).indexes == [0, 9])
    }
}
