import Testing

@testable import ProtobufWire

@Suite struct CanonicalReaderTests {
    /// Reads every field and drops it.
    private func walk(_ bytes: [UInt8]) throws(WireFault) {
        var reader = CanonicalReader(bytes)
        while try reader.next() != nil {}
    }

    @Test func writtenFieldsAreReadBack() throws {
        var writer = WireWriter()
        writer.varint(1, 150)
        writer.string(2, "testing")
        writer.packed(4, [3, 270, 86_942])
        writer.int64(5, -1)
        writer.message(6) { $0.bool(1, true) }
        // The examples of the protobuf encoding guide: 08 96 01; 12 07 "testing"; 22 06 03 8e 02 9e a7 05; ten bytes for -1.
        #expect(
            writer.bytes == [0x08, 0x96, 0x01, 0x12, 0x07] + Array("testing".utf8) + [0x22, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05]
                + [0x28] + [UInt8](repeating: 0xff, count: 9) + [0x01, 0x32, 0x02, 0x08, 0x01])
        var reader = CanonicalReader(writer.bytes)
        #expect(try reader.next()?.varint() == 150)
        #expect(try reader.next()?.string() == "testing")
        #expect(try reader.next()?.packed() == [3, 270, 86_942])
        #expect(try reader.next()?.int64() == -1)
        #expect(try reader.next()?.message() == [0x08, 0x01])
        #expect(try reader.next() == nil)
    }

    @Test func defaultsAreLeftOut() {
        var writer = WireWriter()
        writer.varint(1, 0)
        writer.string(2, "")
        writer.bytes(3, [])
        writer.packed(4, [])
        #expect(writer.bytes.isEmpty)
    }

    @Test(arguments: [
        ([0x08], .truncated(offset: 1)),
        ([0x80], .truncated(offset: 0)),
        ([0x08, 0x80, 0x00], .varintNotMinimal(offset: 1)),
        ([0x88, 0x00, 0x01], .varintNotMinimal(offset: 0)),
        ([0x08] + [UInt8](repeating: 0xff, count: 9) + [0x02], .varintTooLong(offset: 1)),
        ([0x08] + [UInt8](repeating: 0xff, count: 10) + [0x01], .varintTooLong(offset: 1)),
        ([0x00, 0x01], .fieldNumber(0, offset: 0)),
        ([0xc0, 0xa3, 0x09, 0x01], .fieldNumber(19_000, offset: 0)),
        ([0x80, 0x80, 0x80, 0x80, 0x10, 0x01], .fieldNumber(1 << 29, offset: 0)),
        ([0x0b], .wireType(3, field: 1)),
        ([0x0c], .wireType(4, field: 1)),
        ([0x0e], .wireType(6, field: 1)),
        ([0x0f], .wireType(7, field: 1)),
        ([0x0a, 0x02, 0x61], .lengthPastEnd(field: 1)),
        ([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], .lengthPastEnd(field: 1)),
        ([0x10, 0x01, 0x08, 0x01], .outOfOrder(field: 1)),
    ] as [([UInt8], WireFault)])
    func malformedBytesAreRefused(bytes: [UInt8], fault: WireFault) {
        #expect(throws: fault) { try walk(bytes) }
    }

    @Test func aSecondSingularValueIsRefused() throws {
        var reader = CanonicalReader([0x08, 0x01, 0x08, 0x02])
        _ = try reader.next()
        let second = try #require(try reader.next())
        #expect(throws: WireFault.duplicate(field: 1)) { try second.varint() }
    }

    @Test func textThatIsNotUTF8IsRefused() throws {
        var reader = CanonicalReader([0x0a, 0x02, 0xc0, 0x80])
        let field = try #require(try reader.next())
        #expect(throws: WireFault.notUTF8(field: 1)) { try field.string() }
    }

    @Test func aPresentDefaultIsNotCanonical() {
        #expect(throws: WireFault.notCanonical) { try requireCanonical([0x08, 0x00] as [UInt8], reencoded: []) }
    }

    @Test func everyTruncationIsRefusedOrEndsOnAField() throws {
        var writer = WireWriter()
        writer.varint(1, 300)
        writer.string(2, "abc")
        let ends: Set<Int> = [0, 3, 8]
        for count in 0...writer.bytes.count {
            let cut = Array(writer.bytes.prefix(count))
            if ends.contains(count) { try walk(cut) } else { #expect(throws: WireFault.self) { try walk(cut) } }
        }
    }
}
