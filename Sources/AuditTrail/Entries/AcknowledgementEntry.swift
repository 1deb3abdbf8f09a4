import Cryptography
import ProtobufWire
import Vocabulary

/// The partner confirms, or disputes, what it received.
package struct AcknowledgementEntry: Sendable, Equatable {
    package enum Outcome: UInt32, CaseIterable, Sendable {
        case received = 1
        case disputed = 2
    }

    /// The EXCHANGE that it answers.
    package var reference: LedgerIndex
    package var client: PrincipalNumber
    package var outcome: Outcome
    /// The records root as the partner computed it.
    package var recordsRoot: Digest
    package var certificate: Thumbprint

    package init(reference: LedgerIndex, client: PrincipalNumber, outcome: Outcome, recordsRoot: Digest, certificate: Thumbprint) {
        self.reference = reference
        self.client = client
        self.outcome = outcome
        self.recordsRoot = recordsRoot
        self.certificate = certificate
    }
}

extension AcknowledgementEntry: EntryMessage {
    func write(to writer: inout WireWriter) {
        writer.entry(1, reference)
        writer.varint(2, UInt64(client.value))
        writer.varint(3, UInt64(outcome.rawValue))
        writer.digest(4, recordsRoot)
        writer.thumbprint(5, certificate)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var reference: LedgerIndex?, client: PrincipalNumber?, outcome: Outcome?, root: Digest?, certificate: Thumbprint?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: reference = try field.entry()
            case 2: client = try field.principal()
            case 3: outcome = try field.member()
            case 4: root = try field.digest()
            case 5: certificate = try field.thumbprint()
            default: throw .unknownField(field.number)
            }
        }
        self.init(
            reference: try required(reference, 1), client: try required(client, 2), outcome: try required(outcome, 3),
            recordsRoot: try required(root, 4), certificate: try required(certificate, 5))
    }
}
