import Cryptography
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
}
