import Cryptography
import ProtobufWire
import Vocabulary

/// One signed advice, decision or signature that counts for the present terms.
package struct Endorsement: Hashable, Sendable {
    package let organisation: OrganisationID
    package let principal: PrincipalNumber
    package let role: OfficerRole
    package let decision: StatementDecision
    package let reasonDigest: Digest?
    /// SHA-256 of the statement's canonical bytes.
    package let statementDigest: Digest
    /// When the broker took it.
    package let at: Timestamp

    init(_ proof: VerifiedStatement, for organisation: OrganisationID, at now: Timestamp) {
        self.organisation = organisation
        principal = proof.signer
        role = proof.statement.role
        decision = proof.statement.decision
        reasonDigest = proof.statement.reasonDigest
        statementDigest = Digest.sha256(proof.statement.bytes)
        at = now
    }

    func write(to writer: inout WireWriter) {
        writer.string(1, organisation.text)
        writer.varint(2, UInt64(principal.value))
        writer.varint(3, role.number)
        writer.varint(4, decision.number)
        writer.bytes(5, reasonDigest?.bytes ?? [])
        writer.bytes(6, statementDigest.bytes)
        writer.int64(7, at.microseconds)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var organisation: OrganisationID?, principal: PrincipalNumber?, role: OfficerRole?, decision: StatementDecision?
        var reason: Digest?, digest: Digest?, at: Timestamp?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: organisation = OrganisationID(try field.string())
            case 2: principal = PrincipalNumber(try field.uint32())
            case 3: role = OfficerRole(number: try field.varint())
            case 4: decision = StatementDecision(number: try field.varint())
            case 5: reason = Digest(try field.bytes())
            case 6: digest = Digest(try field.bytes())
            case 7: at = Timestamp(microseconds: try field.int64())
            default: throw .unknownField(field.number)
            }
        }
        self.organisation = try required(organisation, 1)
        self.principal = try required(principal, 2)
        self.role = try required(role, 3)
        self.decision = try required(decision, 4)
        reasonDigest = reason
        statementDigest = try required(digest, 6)
        self.at = try required(at, 7)
    }
}

func required<Value>(_ value: Value?, _ field: Int) throws(WireFault) -> Value {
    guard let value else { throw .missing(field: field) }
    return value
}
