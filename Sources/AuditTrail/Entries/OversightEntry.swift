import Cryptography
import ProtobufWire
import Vocabulary

/// The oversight body lifts an embargo: the real subject tag of an exchange that carried a random one.
package struct OversightEntry: Sendable, Equatable {
    package var actor: PrincipalNumber
    /// The EXCHANGE.
    package var reference: LedgerIndex
    package var subject: Digest
    package var authority: AgreementEntry.SignedStatement

    package init(actor: PrincipalNumber, reference: LedgerIndex, subject: Digest, authority: AgreementEntry.SignedStatement) {
        self.actor = actor
        self.reference = reference
        self.subject = subject
        self.authority = authority
    }
}

extension OversightEntry: EntryMessage {
    func write(to writer: inout WireWriter) {
        writer.varint(1, UInt64(actor.value))
        writer.entry(2, reference)
        writer.digest(3, subject)
        writer.bytes(4, authority.bytes)
        writer.bytes(5, authority.signature)
        writer.thumbprint(6, authority.certificate)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var actor: PrincipalNumber?, reference: LedgerIndex?, subject: Digest?
        var statement: [UInt8]?, signature: [UInt8]?, certificate: Thumbprint?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: actor = try field.principal()
            case 2: reference = try field.entry()
            case 3: subject = try field.digest()
            case 4: statement = try field.bytes(upTo: EntryLimits.maxDocumentBytes)
            case 5: signature = try field.bytes(count: 64)
            case 6: certificate = try field.thumbprint()
            default: throw .unknownField(field.number)
            }
        }
        self.init(
            actor: try required(actor, 1), reference: try required(reference, 2), subject: try required(subject, 3),
            authority: AgreementEntry.SignedStatement(
                bytes: try required(statement, 4), signature: try required(signature, 5), certificate: try required(certificate, 6)))
    }
}
