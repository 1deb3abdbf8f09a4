import Cryptography
import ProtobufWire
import Vocabulary

/// Keys of people were destroyed on an authority's word, so that the commitments and tags of their exchanges mean nothing any more.
/// Says how many, never whose.
package struct ErasureEntry: Sendable, Equatable {
    package var actor: PrincipalNumber
    package var organisation: OrganisationNumber
    package var reason: String
    /// How many people's subject keys.
    package var subjects: UInt64
    /// How many exchanges' salt keys.
    package var exchanges: UInt64
    /// The authority's statement and signature.
    package var authority: AgreementEntry.SignedStatement

    package init(
        actor: PrincipalNumber, organisation: OrganisationNumber, reason: String, subjects: UInt64, exchanges: UInt64,
        authority: AgreementEntry.SignedStatement
    ) {
        self.actor = actor
        self.organisation = organisation
        self.reason = reason
        self.subjects = subjects
        self.exchanges = exchanges
        self.authority = authority
    }
}

extension ErasureEntry: EntryMessage {
    func write(to writer: inout WireWriter) {
        writer.varint(1, UInt64(actor.value))
        writer.varint(2, UInt64(organisation.value))
        writer.string(3, reason)
        writer.varint(4, subjects)
        writer.varint(5, exchanges)
        writer.bytes(6, authority.bytes)
        writer.bytes(7, authority.signature)
        writer.thumbprint(8, authority.certificate)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var actor: PrincipalNumber?, organisation: OrganisationNumber?, reason: String?, subjects: UInt64 = 0, exchanges: UInt64 = 0
        var statement: [UInt8]?, signature: [UInt8]?, certificate: Thumbprint?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: actor = try field.principal()
            case 2: organisation = try field.organisation()
            case 3: reason = try field.name()
            case 4: subjects = try field.varint()
            case 5: exchanges = try field.varint()
            case 6: statement = try field.bytes(upTo: EntryLimits.maxDocumentBytes)
            case 7: signature = try field.bytes(count: 64)
            case 8: certificate = try field.thumbprint()
            default: throw .unknownField(field.number)
            }
        }
        self.init(
            actor: try required(actor, 1), organisation: try required(organisation, 2), reason: try required(reason, 3),
            subjects: subjects, exchanges: exchanges,
            authority: AgreementEntry.SignedStatement(
                bytes: try required(statement, 6), signature: try required(signature, 7), certificate: try required(certificate, 8)))
    }
}
