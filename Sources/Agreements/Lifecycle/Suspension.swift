import ProtobufWire
import Vocabulary

/// One party's stop. Each party lifts its own; data flows again when none is left.
package struct Suspension: Hashable, Sendable {
    /// Nil where the system stopped the exchange: a provider lifts that.
    package let organisation: OrganisationID?
    /// 0 for the system.
    package let suspender: PrincipalNumber
    package let at: Timestamp
    /// Consents to lift it so far: at most one, because the second lifts it.
    package let consent: ResumeConsent?

    /// Whose consent lifts it, and whose is there.
    var outstanding: String {
        let by = organisation?.text ?? consent?.organisation.text
        let stop = "lifting of the suspension by \(organisation?.text ?? "the broker")"
        let owners = [OfficerRole.assetOwner, .security]
        let missing = owners.filter { $0 != consent?.role }.map(\.title).joined(separator: " and ")
        guard let consent else { return "\(stop): consent of \(by ?? "the provider")'s \(missing)" }
        return "\(stop): consent of \(consent.organisation)'s \(missing); its \(consent.role.title) has consented"
    }

    func write(to writer: inout WireWriter) {
        writer.string(1, organisation?.text ?? "")
        writer.varint(2, UInt64(suspender.value))
        writer.int64(3, at.microseconds)
        if let consent {
            writer.message(4) { inner in
                inner.string(1, consent.organisation.text)
                inner.varint(2, UInt64(consent.principal.value))
                inner.varint(3, consent.role.number)
            }
        }
    }

    init(organisation: OrganisationID?, suspender: PrincipalNumber, at: Timestamp, consent: ResumeConsent? = nil) {
        self.organisation = organisation
        self.suspender = suspender
        self.at = at
        self.consent = consent
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var organisation: OrganisationID?, suspender = PrincipalNumber(0), at: Timestamp?, consent: ResumeConsent?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: organisation = OrganisationID(try field.string())
            case 2: suspender = PrincipalNumber(try field.uint32())
            case 3: at = Timestamp(microseconds: try field.int64())
            case 4: consent = try ResumeConsent(reading: try field.message())
            default: throw .unknownField(field.number)
            }
        }
        self.init(organisation: organisation, suspender: suspender, at: try required(at, 3), consent: consent)
    }
}

/// One of the two consents that lift a suspension.
package struct ResumeConsent: Hashable, Sendable {
    package let organisation: OrganisationID
    package let principal: PrincipalNumber
    /// Information asset owner or security.
    package let role: OfficerRole

    init(organisation: OrganisationID, principal: PrincipalNumber, role: OfficerRole) {
        self.organisation = organisation
        self.principal = principal
        self.role = role
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var organisation: OrganisationID?, principal: PrincipalNumber?, role: OfficerRole?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: organisation = OrganisationID(try field.string())
            case 2: principal = PrincipalNumber(try field.uint32())
            case 3: role = OfficerRole(number: try field.varint())
            default: throw .unknownField(field.number)
            }
        }
        self.init(organisation: try required(organisation, 1), principal: try required(principal, 2), role: try required(role, 3))
    }
}
