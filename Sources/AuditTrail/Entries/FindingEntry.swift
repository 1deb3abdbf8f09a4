import Cryptography
import ProtobufWire
import Vocabulary

/// What an auditor found. The text stays outside; its salted digest is here.
package struct FindingEntry: Sendable, Equatable {
    package enum Severity: UInt32, CaseIterable, Sendable {
        case observation = 1
        case breach = 2
        /// An earlier finding is settled; `reference` names it.
        case closed = 3
    }

    package var actor: PrincipalNumber
    /// The entry that it is about.
    package var reference: LedgerIndex?
    package var rule: String
    package var severity: Severity
    package var textDigest: Digest
    package var agreement: AgreementID?

    package init(
        actor: PrincipalNumber, reference: LedgerIndex?, rule: String, severity: Severity, textDigest: Digest,
        agreement: AgreementID? = nil
    ) {
        self.actor = actor
        self.reference = reference
        self.rule = rule
        self.severity = severity
        self.textDigest = textDigest
        self.agreement = agreement
    }
}

extension FindingEntry: EntryMessage {
    func write(to writer: inout WireWriter) {
        writer.varint(1, UInt64(actor.value))
        writer.entry(2, reference)
        writer.string(3, rule)
        writer.varint(4, UInt64(severity.rawValue))
        writer.digest(5, textDigest)
        writer.string(6, agreement?.text ?? "")
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var actor: PrincipalNumber?, reference: LedgerIndex?, rule: String?, severity: Severity?, text: Digest?, agreement: AgreementID?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: actor = try field.principal()
            case 2: reference = try field.entry()
            case 3: rule = try field.name()
            case 4: severity = try field.member()
            case 5: text = try field.digest()
            case 6: agreement = try field.parsed(AgreementID.init)
            default: throw .unknownField(field.number)
            }
        }
        self.init(
            actor: try required(actor, 1), reference: reference, rule: try required(rule, 3), severity: try required(severity, 4),
            textDigest: try required(text, 5), agreement: agreement)
    }
}
