import Cryptography
import ProtobufWire
import Vocabulary

/// A change of the registry or the catalogue. People appear as principal numbers; their names and contacts live outside the ledger.
package struct RegistryEntry: Sendable, Equatable {
    package enum Act: UInt32, CaseIterable, Sendable {
        case added = 1
        case changed = 2
        case retired = 3
    }

    package enum Subject: Sendable, Equatable {
        case organisation(OrganisationRecord)
        case principal(PrincipalRecord)
        /// Added is granted, retired is removed.
        case role(RoleRecord)
        case delegation(DelegationRecord)
        case certificate(CertificateRecord)
        case dataset(DatasetRecord)
    }

    package var act: Act
    /// 0 is `init`, before there is any administrator.
    package var actor: PrincipalNumber
    /// A code.
    package var reason: String
    /// SHA-256(salt, text) of a reason in words, which stays outside the ledger.
    package var reasonDigest: Digest?
    /// The epoch, after the change, of the organisation (for an organisation) or of the client (for a principal or a certificate).
    package var epoch: UInt64
    package var subject: Subject

    package init(act: Act, actor: PrincipalNumber, reason: String, reasonDigest: Digest? = nil, epoch: UInt64, subject: Subject) {
        self.act = act
        self.actor = actor
        self.reason = reason
        self.reasonDigest = reasonDigest
        self.epoch = epoch
        self.subject = subject
    }
}

extension RegistryEntry: EntryMessage {
    func write(to writer: inout WireWriter) {
        writer.varint(1, UInt64(act.rawValue))
        writer.varint(2, UInt64(actor.value))
        writer.string(3, reason)
        writer.varint(4, epoch)
        switch subject {
        case .organisation(let record): writer.message(5, record.write)
        case .principal(let record): writer.message(6, record.write)
        case .role(let record): writer.message(7, record.write)
        case .delegation(let record): writer.message(8, record.write)
        case .certificate(let record): writer.message(9, record.write)
        case .dataset(let record): writer.message(10, record.write)
        }
        writer.digest(11, reasonDigest)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var act: Act?, actor = PrincipalNumber(0), reason: String?, epoch: UInt64 = 0, subject: Subject?, reasonDigest: Digest?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: act = try field.member()
            case 2: actor = try field.principal()
            case 3: reason = try field.name()
            case 4: epoch = try field.varint()
            // A second subject replaces the first and shows as a difference when the entry is encoded again.
            case 5: subject = .organisation(try OrganisationRecord(reading: try field.message()))
            case 6: subject = .principal(try PrincipalRecord(reading: try field.message()))
            case 7: subject = .role(try RoleRecord(reading: try field.message()))
            case 8: subject = .delegation(try DelegationRecord(reading: try field.message()))
            case 9: subject = .certificate(try CertificateRecord(reading: try field.message()))
            case 10: subject = .dataset(try DatasetRecord(reading: try field.message()))
            case 11: reasonDigest = try field.digest()
            default: throw .unknownField(field.number)
            }
        }
        self.init(
            act: try required(act, 1), actor: actor, reason: try required(reason, 3), reasonDigest: reasonDigest, epoch: epoch,
            subject: try required(subject, 5))
    }
}
