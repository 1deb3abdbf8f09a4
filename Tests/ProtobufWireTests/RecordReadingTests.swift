import Testing

@testable import ProtobufWire

@Suite struct RecordReadingTests {
    private func varint(_ bytes: [UInt8], isStrict: Bool = false) throws -> UInt64 {
        var position = 0
        let value = try bytes.span.varint(at: &position, upTo: bytes.count, isStrict: isStrict)
        #expect(position == bytes.count)
        return value
    }

    /// Examples of the protobuf encoding guide, and the bounds.
    @Test(arguments: [
        ([0x00], 0), ([0x01], 1), ([0x96, 0x01], 150), ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], .max),
        ([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], 1 << 63),
    ] as [([UInt8], UInt64)])
    func varintsAreRead(bytes: [UInt8], value: UInt64) throws {
        #expect(try varint(bytes) == value)
        #expect(try varint(bytes, isStrict: true) == value)
    }

    @Test func overlongVarintsAreForLenientReadersOnly() throws {
        #expect(try varint([0x81, 0x00]) == 1)
        #expect(try varint([0x80, 0x80, 0x00]) == 0)
        #expect(throws: WireFault.varintNotMinimal(offset: 0)) { try varint([0x81, 0x00], isStrict: true) }
    }

    @Test func varintsThatNobodyReadsFail() {
        #expect(throws: WireFault.varintTooLong(offset: 0)) { try varint([UInt8](repeating: 0x80, count: 10) + [0]) }
        #expect(throws: WireFault.varintTooLong(offset: 0)) { try varint([UInt8](repeating: 0x80, count: 9) + [2]) }
        #expect(throws: WireFault.truncated(offset: 0)) { try varint([0x80]) }
        #expect(throws: WireFault.truncated(offset: 0)) { try varint([]) }
    }

    @Test(arguments: [
        (.int32, 1 << 40 | 5, 5), (.int32, 0xffff_ffff, .max), (.uint32, .max, 0xffff_ffff), (.bool, 2, 1), (.bool, 0, 0), (.sint32, 1 << 32 | 3, 3),
        (.int64, .max, .max), (.double, 0x8000_0000_0000_0000, 0), (.double, 0xfff8_0000_0000_0000, 0x7ff8_0000_0000_0000),
        (.double, 0x7ff0_0000_0000_0000, 0x7ff0_0000_0000_0000), (.float, 0x8000_0000, 0), (.float, 0xffc0_0001, 0x7fc0_0000),
    ] as [(ScalarType, UInt64, UInt64)])
    func numbersHaveOneSpelling(type: ScalarType, raw: UInt64, canonical: UInt64) {
        #expect(type.canonical(raw) == canonical)
    }

    /// ZigZag values of the protobuf encoding guide.
    @Test(arguments: [(0, 0), (1, -1), (2, 1), (3, -2), (0xffff_fffe, 2_147_483_647), (0xffff_ffff, -2_147_483_648)] as [(UInt64, Int128)])
    func zigZagIsRead(raw: UInt64, value: Int128) {
        #expect(ScalarType.sint32.integer(raw) == value)
        #expect(ScalarType.sint32.raw(value) == raw)
        #expect(ScalarType.sint64.integer(raw) == value)
        #expect(ScalarType.sint64.raw(value) == raw)
    }

    @Test func numbersOutsideATypeHaveNoWireForm() {
        #expect(ScalarType.int32.raw(1 << 31) == nil)
        #expect(ScalarType.uint32.raw(-1) == nil)
        #expect(ScalarType.uint64.raw(1 << 64) == nil)
        #expect(ScalarType.int32.raw(-1) == .max)
        #expect(ScalarType.sfixed32.raw(-1) == 0xffff_ffff)
    }

    @Test(arguments: [
        ("abc".utf8.map { $0 }, true), ([0xc3, 0xa9], true), ([0xf0, 0x9f, 0x98, 0x80], true), ([0xef, 0xbb, 0xbf], true), ([0x00], true),
        ([0xc0, 0x80], false), ([0xed, 0xa0, 0x80], false), ([0xf4, 0x90, 0x80, 0x80], false), ([0xe2, 0x82], false), ([0xff], false), ([0x80], false),
    ] as [([UInt8], Bool)])
    func textIsWellFormedUTF8(bytes: [UInt8], isText: Bool) {
        let framed = [0x61] + bytes + [0x62]
        #expect(framed.span.isUTF8(1..<framed.count - 1) == isText)
    }
}
