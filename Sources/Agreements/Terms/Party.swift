import Vocabulary

/// An organisation that is bound by an agreement.
package struct Party: Hashable, Sendable {
    package let organisation: OrganisationID
    package let name: String
    package let role: PartyRole
    package let controller: ControllerKind
    package let icoRegistration: String?
    package let icoExpiry: CalendarDate?
    package let territory: String?
    /// Who outside the party may see what it holds.
    package let thirdPartyAccess: String?

    /// Controllers have a board of their own: advice, a decision, a signature. Processors only sign.
    package var isController: Bool { controller != .processor }

    static let shape = TermsShape(
        key: "organisation",
        [
            TermsField(1, "organisation", .name(.organisation)),
            TermsField(2, "name", .label(max: TermsLimits.titleBytes)),
            TermsField(3, "role", PartyRole.kind),
            TermsField(4, "controller", ControllerKind.kind),
            TermsField(5, "ico_registration", .label(max: 32), .optional),
            TermsField(6, "ico_expiry", .date, .optional),
            TermsField(7, "territory", .label(max: TermsLimits.labelBytes), .optional),
            TermsField(8, "third_party_access", .text(max: TermsLimits.textBytes), .optional),
        ])

    init(_ reader: TermsReader) throws(TermsFault) {
        organisation = try reader.required("organisation") { OrganisationID($0) }
        name = try reader.text("name")
        role = try reader.code("role")
        controller = try reader.code("controller")
        icoRegistration = reader.optionalText("ico_registration")
        icoExpiry = reader.optionalDate("ico_expiry")
        territory = reader.optionalText("territory")
        thirdPartyAccess = reader.optionalText("third_party_access")
    }
}

/// What a party does in the exchange.
package enum PartyRole: String, TermsCode {
    case provider
    case recipient
    case processor

    package var number: UInt64 {
        switch self {
        case .provider: 1
        case .recipient: 2
        case .processor: 3
        }
    }
}

/// Who answers for the processing (UK GDPR Articles 4(7), 4(8) and 26).
package enum ControllerKind: String, TermsCode {
    case controller
    case joint
    case processor

    package var number: UInt64 {
        switch self {
        case .controller: 1
        case .joint: 2
        case .processor: 3
        }
    }
}
