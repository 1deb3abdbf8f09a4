import Cryptography
import ProtobufWire
import Redaction
import Vocabulary

/// Reads outlines, one after another, without the fields that nobody counts: several times as fast as `LedgerEntry(stored:)`.
///
/// It keeps what neighbouring entries mostly have in common, so that this is made once. For entries of our own store, which were compared with
/// their encoding when they were written: what they hold besides is not looked into, but they are refused where a field does not stand in its place,
/// is not of its own type, or must be counted and is missing.
package struct OutlineReader: Sendable {
    /// What the entry before had in a field.
    private struct Last<Value: Sendable>: Sendable {
        var bytes: [UInt8] = []
        var value: Value?

        /// The value that those bytes say; nil where they say none.
        mutating func value(_ span: Span<UInt8>, _ range: Range<Int>, _ make: ([UInt8]) -> Value?) -> Value? {
            if let value, holds(span, range) { return value }
            bytes = OutlineReader.copy(span, range)
            value = make(bytes)
            return value
        }

        private func holds(_ span: Span<UInt8>, _ range: Range<Int>) -> Bool {
            guard bytes.count == range.count else { return false }
            for index in bytes.indices where bytes[index] != span[range.lowerBound + index] { return false }
            return true
        }
    }

    private var purpose = Last<PurposeCode>()
    private var dataset = Last<DatasetID>()
    private var released = Last<LeafSet>()
    private var transformed = Last<LeafSet>()

    package init() {}

    /// The outline of an EXCHANGE entry of our own store.
    package mutating func read(stored bytes: [UInt8]) throws(EntryFault) -> ExchangeOutline {
        do throws(WireFault) {
            return try outline(bytes.span)
        } catch {
            throw .body(.exchange, error)
        }
    }

    private mutating func outline(_ span: Span<UInt8>) throws(WireFault) -> ExchangeOutline {
        var position = 0
        var last = 0
        var sequenced = Timestamp(microseconds: 0)
        while position < span.count {
            let (number, type) = try span.tag(at: &position, upTo: span.count, isStrict: true)
            try OutlineReader.requireOrder(number, after: &last)
            switch (number, type) {
            case (2, .varint):
                guard let value = Int64(exactly: try span.varint(at: &position, upTo: span.count, isStrict: true)) else { throw .outOfRange(field: 2) }
                sequenced = Timestamp(microseconds: value)
            case (Int(EntryKind.exchange.rawValue), .length):
                let range = try span.content(at: &position, upTo: span.count, field: number, isStrict: true)
                guard position == span.count else { throw .notCanonical }
                var outline = try body(span, range)
                outline.sequenced = sequenced
                return outline
            case (2, _), (Int(EntryKind.exchange.rawValue), _): throw .unexpectedType(field: number)
            default: try span.skip(type, at: &position, upTo: span.count, field: number, isStrict: true)
            }
        }
        throw .missing(field: Int(EntryKind.exchange.rawValue))
    }

    /// Singular fields ascend.
    @inline(__always)
    private static func requireOrder(_ number: Int, after last: inout Int) throws(WireFault) {
        guard number > last else { throw number == last ? .duplicate(field: number) : .outOfOrder(field: number) }
        last = number
    }

    /// One bit for each field of an EXCHANGE that is a number; the others up to `lastField` hold bytes.
    private static let numbers: UInt64 = [2, 3, 4, 5, 6, 7, 8, 11, 15, 21, 22, 23, 28, 31, 33, 34].reduce(0) { $0 | 1 << UInt64($1) }
    private static let lastField = 34

    private mutating func body(_ span: Span<UInt8>, _ range: Range<Int>) throws(WireFault) -> ExchangeOutline {
        var position = range.lowerBound
        let end = range.upperBound
        var last = 0
        let numbered = OutlineReader.numbers
        var numbers = Numbers()
        var texts = Texts()
        while position < end {
            let (number, type) = try span.tag(at: &position, upTo: end, isStrict: true)
            try OutlineReader.requireOrder(number, after: &last)
            guard number <= OutlineReader.lastField else { throw .unknownField(number) }
            guard numbered >> UInt64(number) & 1 == (type == .varint ? 1 : 0) else { throw .unexpectedType(field: number) }
            switch type {
            case .varint: try numbers.take(try span.varint(at: &position, upTo: end, isStrict: true), number)
            case .length:
                let content = try span.content(at: &position, upTo: end, field: number, isStrict: true)
                switch number {
                case 1: texts.exchange = ExchangeID(OutlineReader.copy(span, content))
                case 12: texts.purpose = purpose.value(span, content) { PurposeCode(String(decoding: $0, as: UTF8.self)) }
                case 14: texts.dataset = dataset.value(span, content) { DatasetID(String(decoding: $0, as: UTF8.self)) }
                case 17: texts.certificate = Digest(span.extracting(content)).map { Thumbprint($0) }
                case 19: texts.released = released.value(span, content) { LeafSet(canonicalBytes: $0) }
                case 20: texts.transformed = transformed.value(span, content) { LeafSet(canonicalBytes: $0) }
                default: break
                }
            case .fixed32, .fixed64: throw .unexpectedType(field: number)
            }
        }
        var outline = ExchangeOutline(
            exchange: try required(texts.exchange, 1), purpose: try required(texts.purpose, 12), dataset: try required(texts.dataset, 14))
        outline.certificate = try required(texts.certificate, 17)
        outline.fieldsReleased = try required(texts.released, 19)
        outline.fieldsTransformed = try required(texts.transformed, 20)
        try numbers.write(to: &outline)
        return outline
    }

    private static func copy(_ span: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for index in range { bytes.append(span[index]) }
        return bytes
    }

    /// The fields that hold bytes; nil where they are missing, or not what they must be.
    private struct Texts {
        var exchange: ExchangeID?
        var purpose: PurposeCode?
        var dataset: DatasetID?
        var certificate: Thumbprint?
        var released: LeafSet? = LeafSet()
        var transformed: LeafSet? = LeafSet()
    }

    /// The fields that hold numbers; 0 where they are missing, which those of who asked, of whom and under what must not be.
    private struct Numbers {
        var part: UInt32 = 0
        var consumer: UInt32 = 0
        var provider: UInt32 = 0
        var client: UInt32 = 0
        var agreementEntry: UInt64 = 0
        var operation: UInt32 = 0
        var rowsReleased: UInt32 = 0
        var rowsSuppressed: UInt32 = 0
        var bytesReleased: UInt64 = 0

        mutating func take(_ value: UInt64, _ number: Int) throws(WireFault) {
            switch number {
            case 8: agreementEntry = value
            case 34: bytesReleased = value
            case 2, 5, 6, 7, 11, 22, 23:
                guard let value = UInt32(exactly: value) else { throw .outOfRange(field: number) }
                take(value, number)
            default: break
            }
        }

        private mutating func take(_ value: UInt32, _ number: Int) {
            switch number {
            case 2: part = value
            case 5: consumer = value
            case 6: provider = value
            case 7: client = value
            case 11: operation = value
            case 22: rowsReleased = value
            default: rowsSuppressed = value
            }
        }

        func write(to outline: inout ExchangeOutline) throws(WireFault) {
            guard consumer != 0 else { throw .missing(field: 5) }
            guard provider != 0 else { throw .missing(field: 6) }
            guard client != 0 else { throw .missing(field: 7) }
            guard agreementEntry != 0 else { throw .missing(field: 8) }
            guard let operation = Operation(rawValue: operation) else { throw .outOfRange(field: 11) }
            outline.part = part
            outline.consumer = OrganisationNumber(consumer)
            outline.provider = OrganisationNumber(provider)
            outline.client = PrincipalNumber(client)
            outline.agreementEntry = LedgerIndex(agreementEntry)
            outline.operation = operation
            outline.rowsReleased = rowsReleased
            outline.rowsSuppressed = rowsSuppressed
            outline.bytesReleased = bytesReleased
        }
    }
}
