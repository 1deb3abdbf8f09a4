import Cryptography
import ProtobufWire
import Testing
import Vocabulary

@testable import AuditTrail

/// What is counted of an EXCHANGE is what its entry says.
@Suite struct OutlineReaderTests {
    private static let exchanges = ReplayVector.base.bytes.filter { LedgerEntry.kind(of: $0) == .exchange }

    private func expect(_ outline: ExchangeOutline, says entry: LedgerEntry, _ note: Comment? = nil) {
        guard case .exchange(let body) = entry.body else {
            Issue.record("only an EXCHANGE has an outline")
            return
        }
        #expect(outline.sequenced == entry.sequenced, note)
        #expect(outline.exchange == body.exchange && outline.part == body.part, note)
        #expect(outline.consumer == body.consumer && outline.provider == body.provider && outline.client == body.client, note)
        #expect(outline.agreementEntry == body.agreementEntry && outline.certificate == body.certificate, note)
        #expect(outline.operation == body.operation && outline.purpose == body.purpose && outline.dataset == body.dataset, note)
        #expect(outline.fieldsReleased == body.fieldsReleased && outline.fieldsTransformed == body.fieldsTransformed, note)
        #expect(outline.rowsReleased == body.rowsReleased && outline.rowsSuppressed == body.rowsSuppressed, note)
        #expect(outline.bytesReleased == body.bytesReleased, note)
    }

    @Test func anOutlineSaysWhatTheEntrySaysWhateverCameBefore() throws {
        #expect(Self.exchanges.count > 15)
        var reader = OutlineReader()
        for bytes in Self.exchanges { expect(try reader.read(stored: bytes), says: try LedgerEntry(canonical: bytes)) }
    }

    /// What would be another entry is read as the whole reader reads it, or refused.
    @Test func noBitOfAnEntryIsReadOtherwiseThanByTheWholeReader() throws {
        let original = Self.exchanges[0]
        for position in original.indices {
            for bit in 0..<8 {
                var bytes = original
                bytes[position] ^= 1 << UInt8(bit)
                guard LedgerEntry.kind(of: bytes) == .exchange else { continue }
                let whole: LedgerEntry
                do throws(EntryFault) { whole = try LedgerEntry(canonical: bytes) } catch { continue }
                var reader = OutlineReader()
                expect(try reader.read(stored: bytes), says: whole, "bit \(bit) of byte \(position)")
            }
        }
    }

    @Test(arguments: 0..<Self.exchanges[0].count) func anEntryThatEndsEarlyIsRefused(_ length: Int) {
        var reader = OutlineReader()
        #expect(throws: EntryFault.self) { try reader.read(stored: Array(Self.exchanges[0].prefix(length))) }
    }

    @Test func whatHasNoFieldThatMustBeThereIsRefused() throws {
        let entry = try LedgerEntry(canonical: Self.exchanges[0])
        let other = LedgerEntry(arrived: entry.arrived, sequenced: entry.sequenced, body: .heartbeat(HeartbeatEntry(act: .alive, run: Array(repeating: 1, count: 16))))
        var reader = OutlineReader()
        #expect(throws: EntryFault.body(.exchange, .missing(field: 3))) { try reader.read(stored: other.canonicalBytes) }
    }

    /// The fields of one message, each with its tag.
    private static func fields(_ bytes: [UInt8]) throws -> [(number: Int, bytes: [UInt8])] {
        let span = bytes.span
        var position = 0
        var fields: [(Int, [UInt8])] = []
        while position < span.count {
            let start = position
            let (number, type) = try span.tag(at: &position, upTo: span.count, isStrict: true)
            try span.skip(type, at: &position, upTo: span.count, field: number, isStrict: true)
            fields.append((number, Array(bytes[start..<position])))
        }
        return fields
    }

    /// An entry with the fields of its envelope, or of its body, as `change` leaves them.
    private static func entry(
        envelope: (inout [(number: Int, bytes: [UInt8])]) -> Void = { _ in }, body: (inout [(number: Int, bytes: [UInt8])]) -> Void = { _ in }
    ) throws -> [UInt8] {
        guard case .exchange(let exchange) = try LedgerEntry(canonical: exchanges[0]).body else { preconditionFailure("it is an EXCHANGE") }
        var writer = WireWriter()
        exchange.write(to: &writer)
        // The one counted field that no vector has.
        if exchange.bytesReleased == 0 { writer.varint(34, 300) }
        var inner = try fields(writer.bytes)
        body(&inner)
        var whole = WireWriter()
        whole.element(Int(EntryKind.exchange.rawValue), inner.flatMap(\.bytes))
        var outer = try fields(exchanges[0]).filter { $0.number <= 2 } + [(number: Int(EntryKind.exchange.rawValue), bytes: whole.bytes)]
        envelope(&outer)
        return outer.flatMap(\.bytes)
    }

    private func refusal(_ bytes: [UInt8]) -> EntryFault? {
        var reader = OutlineReader()
        do throws(EntryFault) {
            _ = try reader.read(stored: bytes)
            return nil
        } catch {
            return error
        }
    }

    /// The fields in ledger.proto that are whole numbers, a truth value or a time.
    private static let numbers: Set<Int> = [2, 3, 4, 5, 6, 7, 8, 11, 15, 21, 22, 23, 28, 31, 33, 34]
    private static let number: [UInt8] = [1]
    private static let text: [UInt8] = [1, 0x41]

    private static func field(_ number: Int, type: UInt8, _ content: [UInt8]) -> (number: Int, bytes: [UInt8]) {
        let tag = number << 3 | Int(type)
        return (number, (tag < 0x80 ? [UInt8(tag)] : [UInt8(tag & 0x7f) | 0x80, UInt8(tag >> 7)]) + content)
    }

    @Test func theEntryThatIsChangedBelowIsRead() throws {
        #expect(refusal(try Self.entry()) == nil)
    }

    @Test(arguments: [1, 2, 5, 6, 7, 8, 11, 12, 14, 17, 19, 20, 22, 23, 34]) func aFieldThatComesTwiceIsRefused(_ number: Int) throws {
        let again = Self.numbers.contains(number) ? Self.field(number, type: 0, Self.number) : Self.field(number, type: 2, Self.text)
        let bytes = try Self.entry(body: { fields in
            let place = fields.firstIndex { $0.number >= number } ?? fields.endIndex
            fields.removeAll { $0.number == number }
            fields.insert(contentsOf: [again, again], at: place)
        })
        #expect(refusal(bytes) == .body(.exchange, .duplicate(field: number)))
        #expect(throws: EntryFault.self) { try LedgerEntry(stored: bytes) }
    }

    @Test func fieldsThatDoNotAscendAreRefused() throws {
        let bytes = try Self.entry(body: { fields in fields.append(fields.remove(at: fields.firstIndex { $0.number == 22 }!)) })
        #expect(refusal(bytes) == .body(.exchange, .outOfOrder(field: 22)))
        let envelope = try Self.entry(envelope: { $0.swapAt(0, 1) })
        #expect(refusal(envelope) == .body(.exchange, .outOfOrder(field: 1)))
    }

    @Test(arguments: 1...34) func aFieldOfAnotherTypeIsRefused(_ number: Int) throws {
        let other = Self.numbers.contains(number) ? Self.field(number, type: 2, Self.text) : Self.field(number, type: 0, Self.number)
        let bytes = try Self.entry(body: { fields in
            let place = fields.firstIndex { $0.number >= number } ?? fields.endIndex
            fields.removeAll { $0.number == number }
            fields.insert(other, at: place)
        })
        #expect(refusal(bytes) == .body(.exchange, .unexpectedType(field: number)))
        #expect(throws: EntryFault.self) { try LedgerEntry(stored: bytes) }
    }

    @Test func aTimeOfAnotherTypeIsRefused() throws {
        let bytes = try Self.entry(envelope: { $0[1] = Self.field(2, type: 2, Self.text) })
        #expect(refusal(bytes) == .body(.exchange, .unexpectedType(field: 2)))
    }

    @Test(arguments: [1, 5, 6, 7, 8, 12, 14, 17]) func aFieldThatIsCountedMustBeThere(_ number: Int) throws {
        #expect(refusal(try Self.entry(body: { $0.removeAll { $0.number == number } })) == .body(.exchange, .missing(field: number)))
    }

    @Test(arguments: [5, 6, 7, 8]) func nobodyIsNotCounted(_ number: Int) throws {
        let bytes = try Self.entry(body: { fields in fields[fields.firstIndex { $0.number == number }!] = Self.field(number, type: 0, [0]) })
        #expect(refusal(bytes) == .body(.exchange, .missing(field: number)))
    }

    @Test func aFieldThatNoExchangeHasIsRefused() throws {
        #expect(refusal(try Self.entry(body: { $0.append(Self.field(35, type: 0, Self.number)) })) == .body(.exchange, .unknownField(35)))
    }
}
