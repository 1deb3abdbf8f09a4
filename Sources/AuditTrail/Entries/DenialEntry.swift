import Cryptography
import ProtobufWire
import Vocabulary

/// A refusal with the true reason, which the caller may not have been told.
package struct DenialEntry: Sendable, Equatable {
    /// Where in the life of a call it was refused.
    package enum Stage: UInt32, CaseIterable, Sendable {
        case request = 1
        case token = 2
        case epochs = 3
        case decision = 4
        case source = 5
        case writer = 6
        case issue = 7
        case governance = 8
        case registry = 9
    }

    package var principal: PrincipalNumber
    package var organisation: OrganisationNumber
    package var stage: Stage
    /// A code of printable ASCII, at most `EntryLimits.maxCodeBytes`.
    package var reason: String
    /// SHA-256(salt, request); the salt is not in the ledger.
    package var requestCommitment: Digest?
    /// How many refusals of the same principal and reason this entry stands for; at least 1.
    package var count: UInt32
    package var agreementEntry: LedgerIndex?
    /// An earlier entry of the same stream.
    package var reference: LedgerIndex?
    package var exchange: ExchangeID?
    package var certificate: Thumbprint?
    /// The RPC, such as `Query`.
    package var method: String

    package init(
        principal: PrincipalNumber, organisation: OrganisationNumber, stage: Stage, reason: String, method: String,
        requestCommitment: Digest? = nil, count: UInt32 = 1, agreementEntry: LedgerIndex? = nil, reference: LedgerIndex? = nil,
        exchange: ExchangeID? = nil, certificate: Thumbprint? = nil
    ) {
        self.principal = principal
        self.organisation = organisation
        self.stage = stage
        self.reason = reason
        self.method = method
        self.requestCommitment = requestCommitment
        self.count = count
        self.agreementEntry = agreementEntry
        self.reference = reference
        self.exchange = exchange
        self.certificate = certificate
    }
}

extension DenialEntry: EntryMessage {
    func write(to writer: inout WireWriter) {
        writer.varint(1, UInt64(principal.value))
        writer.varint(2, UInt64(organisation.value))
        writer.varint(3, UInt64(stage.rawValue))
        writer.string(4, reason)
        writer.digest(5, requestCommitment)
        writer.varint(6, UInt64(count))
        writer.entry(7, agreementEntry)
        writer.entry(8, reference)
        writer.bytes(9, exchange?.bytes ?? [])
        writer.thumbprint(10, certificate)
        writer.string(11, method)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var principal: PrincipalNumber?, organisation: OrganisationNumber?, stage: Stage?, reason: String?, count: UInt32?
        var commitment: Digest?, agreement: LedgerIndex?, reference: LedgerIndex?, exchange: ExchangeID?, certificate: Thumbprint?
        var method = ""
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: principal = try field.principal()
            case 2: organisation = try field.organisation()
            case 3: stage = try field.member()
            case 4: reason = try field.name()
            case 5: commitment = try field.digest()
            case 6: count = try field.uint32()
            case 7: agreement = try field.entry()
            case 8: reference = try field.entry()
            case 9: exchange = try field.exchangeID()
            case 10: certificate = try field.thumbprint()
            case 11: method = try field.name()
            default: throw .unknownField(field.number)
            }
        }
        self.init(
            principal: try required(principal, 1), organisation: organisation ?? OrganisationNumber(0), stage: try required(stage, 3),
            reason: try required(reason, 4), method: method, requestCommitment: commitment, count: try required(count, 6),
            agreementEntry: agreement, reference: reference, exchange: exchange, certificate: certificate)
    }
}
