import ProtobufWire
import Vocabulary

/// A signatory's authority to sign for its organisation: dated and limited.
package struct DelegationRecord: Sendable, Equatable, EntryMessage {
    /// Its line in the delegation register, from 1, never used again.
    package var number: UInt32
    package var principal: PrincipalNumber
    package var from: Timestamp
    /// Exclusive.
    package var until: Timestamp
    /// The number of a `PrivacyLabel` of `Agreements`.
    package var maxSensitivity: UInt32
    package var maxRowsPerDay: UInt64
    package var maxValuePence: UInt64
    /// Whether agreements that name a third party may be signed.
    package var thirdParties: Bool

    package init(
        number: UInt32, principal: PrincipalNumber, from: Timestamp, until: Timestamp, maxSensitivity: UInt32, maxRowsPerDay: UInt64,
        maxValuePence: UInt64, thirdParties: Bool
    ) {
        self.number = number
        self.principal = principal
        self.from = from
        self.until = until
        self.maxSensitivity = maxSensitivity
        self.maxRowsPerDay = maxRowsPerDay
        self.maxValuePence = maxValuePence
        self.thirdParties = thirdParties
    }

    func write(to writer: inout WireWriter) {
        writer.varint(1, UInt64(principal.value))
        writer.time(2, from)
        writer.time(3, until)
        writer.varint(4, UInt64(maxSensitivity))
        writer.varint(5, maxRowsPerDay)
        writer.varint(6, maxValuePence)
        writer.bool(7, thirdParties)
        writer.varint(8, UInt64(number))
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var number: UInt32?, principal: PrincipalNumber?, from: Timestamp?, until: Timestamp?
        var sensitivity: UInt32 = 0, rows: UInt64 = 0, value: UInt64 = 0, thirdParties = false
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: principal = try field.principal()
            case 2: from = try field.time()
            case 3: until = try field.time()
            case 4: sensitivity = try field.uint32()
            case 5: rows = try field.varint()
            case 6: value = try field.varint()
            case 7: thirdParties = try field.bool()
            case 8: number = try field.uint32()
            default: throw .unknownField(field.number)
            }
        }
        self.init(
            number: try required(number, 8), principal: try required(principal, 1), from: try required(from, 2), until: try required(until, 3),
            maxSensitivity: sensitivity, maxRowsPerDay: rows, maxValuePence: value, thirdParties: thirdParties)
    }
}
