import ProtobufWire
import Vocabulary

/// An organisation under its number, for ever.
package struct OrganisationRecord: Sendable, Equatable, EntryMessage {
    package var number: OrganisationNumber
    package var slug: OrganisationID
    /// Whether it runs this broker. One organisation does.
    package var isOperator: Bool

    package init(number: OrganisationNumber, slug: OrganisationID, isOperator: Bool = false) {
        self.number = number
        self.slug = slug
        self.isOperator = isOperator
    }

    func write(to writer: inout WireWriter) {
        writer.varint(1, UInt64(number.value))
        writer.string(2, slug.text)
        writer.bool(3, isOperator)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var number: OrganisationNumber?, slug: OrganisationID?, isOperator = false
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: number = try field.organisation()
            case 2: slug = try field.parsed(OrganisationID.init)
            case 3: isOperator = try field.bool()
            default: throw .unknownField(field.number)
            }
        }
        self.init(number: try required(number, 1), slug: try required(slug, 2), isOperator: isOperator)
    }
}
