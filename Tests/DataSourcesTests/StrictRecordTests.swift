import ProtobufWire
import Testing

@testable import DataSources

/// Rows D1 to D10 of the attack matrix, on the way in.
@Suite struct StrictRecordTests {
    private let shape: RecordShape

    init() throws { shape = try RecordShape(People.schema()) }

    private func fault(_ bytes: [UInt8]) -> StrictRecord.Fault? {
        do throws(StrictRecord.Fault) {
            try StrictRecord.read(bytes, as: shape) { _, _, _ in }
            return nil
        } catch {
            return error
        }
    }

    @Test func fullRecordIsAccepted() { #expect(fault(People.record(1)) == nil) }
    @Test func emptyRecordIsAccepted() { #expect(fault([]) == nil) }

    @Test func everyCutRecordIsRefused() {
        // Where the cut falls between two fields what is left is a record again.
        let whole = People.record(1)
        var boundaries: Set<Int> = [0]
        _ = try? StrictRecord.read(whole, as: shape) { _, range, _ in boundaries.insert(range.upperBound) }
        boundaries.insert(37 + 5)  // between the two awards
        for end in 0..<whole.count {
            #expect((fault(Array(whole[..<end])) == nil) == boundaries.contains(end), "cut at \(end)")
        }
    }

    @Test(arguments: [
        ([0x60, 0x01], WireFault.unknownField(12)),  // D1
        ([0x08, 0x01], .unexpectedType(field: 1)),  // D2: varint where a string is
        ([0x09, 0, 0, 0, 0, 0, 0, 0, 0], .unexpectedType(field: 1)),
        ([0x0d, 0, 0, 0, 0], .unexpectedType(field: 1)),
        ([0x1a, 0x00], .unexpectedType(field: 3)),
        ([0x00, 0x01], .fieldNumber(0, offset: 0)),  // D3
        ([0xc2, 0xa3, 0x09, 0x00], .fieldNumber(19_000, offset: 0)),
        ([0xf8, 0xff, 0xff, 0xff, 0x0f, 0x01], .fieldNumber(536_870_911, offset: 0)),
        ([0x0b, 0x0c], .wireType(3, field: 1)),  // D4: groups
        ([0x0c], .wireType(4, field: 1)),
        ([0x0e], .wireType(6, field: 1)),
        ([0x0f], .wireType(7, field: 1)),
        ([0x18, 0x01, 0x18, 0x01], .duplicate(field: 3)),  // D6
        ([0x18, 0x01, 0x0a, 0x01, 0x78], .outOfOrder(field: 1)),
        ([0x40, 0x01], .unexpectedType(field: 8)),  // D7: unpacked
        ([0x42, 0x00], .notCanonical),
        ([0x42, 0x02, 0x01, 0x80], .truncated(offset: 3)),
        ([0x98, 0x00, 0x01], .varintNotMinimal(offset: 0)),  // D8: overlong tag
        ([0x0a, 0x81, 0x00, 0x78], .varintNotMinimal(offset: 1)),
        ([0x18, 0x81, 0x00], .varintNotMinimal(offset: 1)),
        ([0x18] + [UInt8](repeating: 0x80, count: 10) + [0x01], .varintTooLong(offset: 1)),
        ([0x18] + [UInt8](repeating: 0xff, count: 9) + [0x02], .varintTooLong(offset: 1)),
        ([0x28, 0x02], .outOfRange(field: 5)),  // D9
        ([0x30, 0x02], .outOfRange(field: 6)),
        ([0x42, 0x05, 0x80, 0x80, 0x80, 0x80, 0x10], .outOfRange(field: 8)),
        ([0x21, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f], .outOfRange(field: 4)),  // NaN
        ([0x21, 0, 0, 0, 0, 0, 0, 0, 0x80], .outOfRange(field: 4)),  // -0.0
        ([0x50, 0x00], .notCanonical),
        ([0x0a, 0x02, 0x78], .lengthPastEnd(field: 1)),  // D10
        ([0x0a, 0x80, 0x80, 0x80, 0x80, 0x08], .lengthPastEnd(field: 1)),
        ([0x0a] + [UInt8](repeating: 0x80, count: 9) + [0x01], .lengthPastEnd(field: 1)),
        ([0x0a, 0x02, 0xc0, 0x80], .notUTF8(field: 1)),  // D11: overlong and surrogate
        ([0x0a, 0x03, 0xed, 0xa0, 0x80], .notUTF8(field: 1)),
    ] as [([UInt8], WireFault)]) func malformedRecordIsRefused(_ bytes: [UInt8], _ expected: WireFault) {
        #expect(fault(bytes)?.fault == expected)
    }

    @Test func faultInsideAMessageNamesThePath() {
        #expect(fault([0x3a, 0x02, 0x18, 0x01]) == .init(.unknownField(3), at: ["awards"]))
        #expect(fault([0x3a, 0x03, 0x0a, 0x01, 0xff]) == .init(.notUTF8(field: 1), at: ["awards", "start"]))
        #expect(fault([0x3a, 0x02, 0x0a, 0x05]) == .init(.lengthPastEnd(field: 1), at: ["awards", "start"]))
        #expect(fault([0x4a, 0x04, 0x0a, 0x00, 0x10, 0x05])?.path == ["tags", "key"])
    }

    @Test func secondMemberOfAOneofIsRefused() throws {
        let schema = try MessageSchema(
            name: "A",
            fields: [
                FieldSchema(number: 1, name: "b", type: .scalar(.bool), cardinality: .oneof("which")),
                FieldSchema(number: 2, name: "c", type: .scalar(.bool), cardinality: .oneof("which")),
            ])
        let shape = try RecordShape(schema)
        #expect(throws: StrictRecord.Fault(.duplicate(field: 2), at: ["c"])) {
            try StrictRecord.read([0x08, 0x01, 0x10, 0x01], as: shape) { _, _, _ in }
        }
    }
}
