import ProtobufWire
import Vocabulary

/// One entry of the ledger, as `Protocols/ledger.proto` lays it out. One act, one entry, one spelling in bytes.
package struct LedgerEntry: Sendable, Equatable {
    /// When the act reached the broker.
    package let arrived: Timestamp
    /// When the entry took its place; never goes back in the log.
    package let sequenced: Timestamp
    package let body: EntryBody

    package var kind: EntryKind { body.kind }

    package init(arrived: Timestamp, sequenced: Timestamp, body: EntryBody) {
        self.arrived = arrived
        self.sequenced = sequenced
        self.body = body
    }

    /// Reads an entry and refuses every byte string but the canonical one: it is decoded, encoded again and compared.
    package init(canonical bytes: [UInt8]) throws(EntryFault) {
        try self.init(stored: bytes)
        guard canonicalBytes == bytes else { throw .body(kind, .notCanonical) }
    }

    /// Reads an entry of our own store, which was compared with its encoding when it was written: half the work where there are very many.
    package init(stored bytes: [UInt8]) throws(EntryFault) {
        var arrived = Timestamp(microseconds: 0), sequenced = Timestamp(microseconds: 0), body: EntryBody?
        // Refused before anything is copied out of it.
        guard bytes.count <= EntryLimits.maxBytes else { throw .envelope(.tooLarge) }
        var reader = CanonicalReader(bytes)
        while let field = try LedgerEntry.next(&reader) {
            switch field.number {
            case 1: arrived = try LedgerEntry.time(field)
            case 2: sequenced = try LedgerEntry.time(field)
            default:
                guard body == nil else { throw .notOneBody }
                body = try LedgerEntry.body(field)
            }
        }
        guard let body else { throw .notOneBody }
        guard bytes.count <= EntryLimits.maxBytes(of: body.kind) else { throw .tooLarge(body.kind, bytes: bytes.count) }
        self.init(arrived: arrived, sequenced: sequenced, body: body)
    }

    /// What kind of entry the bytes of our own log are, without reading more than their beginning; nil where they are none.
    package static func kind(of bytes: [UInt8]) -> EntryKind? {
        let span = bytes.span
        var position = 0
        do throws(WireFault) {
            while position < span.count {
                let (number, type) = try span.tag(at: &position, upTo: span.count, isStrict: true)
                guard number <= 2 else { return UInt8(exactly: number).flatMap(EntryKind.init) }
                try span.skip(type, at: &position, upTo: span.count, field: number, isStrict: true)
            }
        } catch {
            return nil
        }
        return nil
    }

    /// The one encoding of this entry: what the leaf hash covers. Times are not before 1970.
    package var canonicalBytes: [UInt8] {
        var writer = WireWriter(reserving: 512)
        writer.time(1, arrived)
        writer.time(2, sequenced)
        writer.element(Int(kind.rawValue), body.encoded())
        return writer.bytes
    }

    private static func next(_ reader: inout CanonicalReader) throws(EntryFault) -> CanonicalField? {
        do throws(WireFault) { return try reader.next() } catch { throw .envelope(error) }
    }

    private static func time(_ field: CanonicalField) throws(EntryFault) -> Timestamp {
        do throws(WireFault) { return try field.time() } catch { throw .envelope(error) }
    }

    private static func body(_ field: CanonicalField) throws(EntryFault) -> EntryBody {
        guard let number = UInt8(exactly: field.number), let kind = EntryKind(rawValue: number) else { throw .unknownKind(field.number) }
        do throws(WireFault) { return try EntryBody(kind, reading: try field.message()) } catch { throw .body(kind, error) }
    }
}
