import ProtobufWire
import Vocabulary

/// A service, an officer, an auditor or an administrator of an organisation.
package struct PrincipalRecord: Sendable, Equatable, EntryMessage {
    package enum Kind: UInt32, CaseIterable, Sendable {
        case service = 1
        case officer = 2
        case auditor = 3
        case administrator = 4
    }

    package var number: PrincipalNumber
    package var organisation: OrganisationNumber
    package var kind: Kind
    /// Services only: the public name of the client. People have none here.
    package var client: ClientID?

    package init(number: PrincipalNumber, organisation: OrganisationNumber, kind: Kind, client: ClientID? = nil) {
        self.number = number
        self.organisation = organisation
        self.kind = kind
        self.client = client
    }

    func write(to writer: inout WireWriter) {
        writer.varint(1, UInt64(number.value))
        writer.varint(2, UInt64(organisation.value))
        writer.varint(3, UInt64(kind.rawValue))
        writer.string(4, client?.text ?? "")
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var number: PrincipalNumber?, organisation: OrganisationNumber?, kind: Kind?, client: ClientID?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: number = try field.principal()
            case 2: organisation = try field.organisation()
            case 3: kind = try field.member()
            case 4: client = try field.parsed(ClientID.init)
            default: throw .unknownField(field.number)
            }
        }
        self.init(number: try required(number, 1), organisation: try required(organisation, 2), kind: try required(kind, 3), client: client)
    }
}
