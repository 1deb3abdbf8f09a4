import Cryptography
import ProtobufWire
import Vocabulary

/// One transition of one agreement: a step of its lifecycle, an advice, a decision, a signature, or a change of its operational annex.
///
/// Holds everything that a replay needs to make the same transition again, so that state can be rebuilt from the ledger alone.
package struct AgreementEntry: Sendable, Equatable {
    /// A statement that a person signed with the key of their registered certificate.
    package struct SignedStatement: Sendable, Equatable {
        /// Canonical bytes of the statement.
        package var bytes: [UInt8]
        /// ES256, r || s, 64 bytes.
        package var signature: [UInt8]
        package var certificate: Thumbprint

        package init(bytes: [UInt8], signature: [UInt8], certificate: Thumbprint) {
            self.bytes = bytes
            self.signature = signature
            self.certificate = certificate
        }
    }

    package var agreement: AgreementID
    package var version: AgreementVersion
    /// The name of the command, as `Agreements` prints it.
    package var transition: String
    /// 0 is the system.
    package var actor: PrincipalNumber
    /// The organisation for which the actor acts; 0 for the system.
    package var organisation: OrganisationNumber
    /// The role in which the actor acts; empty for the system.
    package var role: String
    package var reason: String
    package var statement: SignedStatement?
    /// Canonical terms, where they are new.
    package var terms: [UInt8]?
    package var termsDigest: Digest
    /// Salted digest of the operational annex.
    package var annexDigest: Digest?
    /// The state after the transition.
    package var state: String
    /// The agreement's epoch after the transition.
    package var epoch: UInt64
    /// Canonical parameters of the command, where it has any that are not above.
    package var command: [UInt8]

    package init(
        agreement: AgreementID, version: AgreementVersion, transition: String, actor: PrincipalNumber,
        organisation: OrganisationNumber, role: String, reason: String, statement: SignedStatement? = nil, terms: [UInt8]? = nil,
        termsDigest: Digest, annexDigest: Digest? = nil, state: String, epoch: UInt64, command: [UInt8] = []
    ) {
        self.agreement = agreement
        self.version = version
        self.transition = transition
        self.actor = actor
        self.organisation = organisation
        self.role = role
        self.reason = reason
        self.statement = statement
        self.terms = terms
        self.termsDigest = termsDigest
        self.annexDigest = annexDigest
        self.state = state
        self.epoch = epoch
        self.command = command
    }
}

extension AgreementEntry: EntryMessage {
    func write(to writer: inout WireWriter) {
        writer.string(1, agreement.text)
        writer.varint(2, UInt64(version.value))
        writer.string(3, transition)
        writer.varint(4, UInt64(actor.value))
        writer.varint(5, UInt64(organisation.value))
        writer.string(6, role)
        writer.string(7, reason)
        writer.bytes(8, statement?.bytes ?? [])
        writer.bytes(9, statement?.signature ?? [])
        writer.thumbprint(10, statement?.certificate)
        writer.bytes(11, terms ?? [])
        writer.digest(12, termsDigest)
        writer.digest(13, annexDigest)
        writer.string(14, state)
        writer.varint(15, epoch)
        writer.bytes(16, command)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var agreement: AgreementID?, version: AgreementVersion?, transition: String?, state: String?, termsDigest: Digest?
        var actor = PrincipalNumber(0), organisation = OrganisationNumber(0), role = "", reason: String?, epoch: UInt64 = 0
        var statement: [UInt8]?, signature: [UInt8]?, certificate: Thumbprint?, terms: [UInt8]?, annex: Digest?, command: [UInt8] = []
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: agreement = try field.parsed(AgreementID.init)
            case 2:
                version = AgreementVersion(try field.uint32())
                guard version != nil else { throw .outOfRange(field: 2) }
            case 3: transition = try field.name()
            case 4: actor = try field.principal()
            case 5: organisation = try field.organisation()
            case 6: role = try field.name()
            case 7: reason = try field.name()
            case 8: statement = try field.bytes(upTo: EntryLimits.maxDocumentBytes)
            case 9: signature = try field.bytes(count: 64)
            case 10: certificate = try field.thumbprint()
            case 11: terms = try field.bytes(upTo: EntryLimits.maxDocumentBytes)
            case 12: termsDigest = try field.digest()
            case 13: annex = try field.digest()
            case 14: state = try field.name()
            case 15: epoch = try field.varint()
            case 16: command = try field.bytes(upTo: EntryLimits.maxDocumentBytes)
            default: throw .unknownField(field.number)
            }
        }
        self.init(
            agreement: try required(agreement, 1), version: try required(version, 2), transition: try required(transition, 3),
            actor: actor, organisation: organisation, role: role, reason: try required(reason, 7), terms: terms,
            termsDigest: try required(termsDigest, 12), annexDigest: annex, state: try required(state, 14), epoch: epoch,
            command: command)
        guard statement != nil || signature != nil || certificate != nil else { return }
        self.statement = SignedStatement(
            bytes: try required(statement, 8), signature: try required(signature, 9), certificate: try required(certificate, 10))
    }
}
