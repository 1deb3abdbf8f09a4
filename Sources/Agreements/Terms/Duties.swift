import Vocabulary

/// What the recipient owes after it has the data.
package struct Duties: Hashable, Sendable {
    package let retentionDays: UInt64
    package let retentionTrigger: String
    package let disposal: Disposal
    package let destructionCertificateDays: UInt64?
    package let onwardDisclosure: OnwardDisclosure
    package let onwardText: String?
    package let reidentification: Permission
    package let linkage: Permission
    package let linkageText: String?
    package let publication: String?
    package let breachNoticeHours: UInt64
    package let hasAuditRight: Bool
    package let subjectRightsLead: OrganisationID?
    package let freedomOfInformationLead: OrganisationID?
    package let complaints: String?
    package let charging: String?
    package let disputes: String?
    package let exitPlan: String?
    /// What the recipient pays in a year.
    package let yearlyChargePence: UInt64?

    static let shape = TermsShape([
        TermsField(1, "retention_days", .number(1...36_525)),
        TermsField(2, "retention_trigger", .label(max: TermsLimits.labelBytes)),
        TermsField(3, "disposal", Disposal.kind),
        TermsField(4, "destruction_certificate_days", .number(1...3_660), .optional),
        TermsField(5, "onward_disclosure", OnwardDisclosure.kind),
        TermsField(6, "onward_text", .text(max: TermsLimits.textBytes), .optional),
        TermsField(7, "reidentification", Permission.kind),
        TermsField(8, "linkage", Permission.kind),
        TermsField(9, "linkage_text", .text(max: TermsLimits.textBytes), .optional),
        TermsField(10, "publication", .text(max: TermsLimits.textBytes), .optional),
        TermsField(11, "breach_notice_hours", .number(1...72)),
        TermsField(12, "audit_right", .flag),
        TermsField(13, "subject_rights_lead", .name(.organisation), .optional),
        TermsField(14, "foi_lead", .name(.organisation), .optional),
        TermsField(15, "complaints", .text(max: TermsLimits.textBytes), .optional),
        TermsField(16, "charging", .text(max: TermsLimits.textBytes), .optional),
        TermsField(17, "disputes", .text(max: TermsLimits.textBytes), .optional),
        TermsField(18, "exit_plan", .text(max: TermsLimits.textBytes), .optional),
        TermsField(19, "yearly_charge_pence", .number(TermsLimits.count), .optional),
    ])

    init(_ reader: TermsReader) throws(TermsFault) {
        retentionDays = try reader.number("retention_days")
        retentionTrigger = try reader.text("retention_trigger")
        disposal = try reader.code("disposal")
        destructionCertificateDays = reader.optionalNumber("destruction_certificate_days")
        onwardDisclosure = try reader.code("onward_disclosure")
        onwardText = reader.optionalText("onward_text")
        reidentification = try reader.code("reidentification")
        linkage = try reader.code("linkage")
        linkageText = reader.optionalText("linkage_text")
        publication = reader.optionalText("publication")
        breachNoticeHours = try reader.number("breach_notice_hours")
        hasAuditRight = reader.flag("audit_right")
        subjectRightsLead = reader.optional("subject_rights_lead") { OrganisationID($0) }
        freedomOfInformationLead = reader.optional("foi_lead") { OrganisationID($0) }
        complaints = reader.optionalText("complaints")
        charging = reader.optionalText("charging")
        disputes = reader.optionalText("disputes")
        exitPlan = reader.optionalText("exit_plan")
        yearlyChargePence = reader.optionalNumber("yearly_charge_pence")
    }
}

package enum Disposal: String, TermsCode {
    case erase
    case giveBack = "return"
    case anonymise

    package var number: UInt64 {
        switch self {
        case .erase: 1
        case .giveBack: 2
        case .anonymise: 3
        }
    }
}

package enum OnwardDisclosure: String, TermsCode {
    case prohibited
    case withConsent = "with-consent"
    case asListed = "as-listed"

    package var number: UInt64 {
        switch self {
        case .prohibited: 1
        case .withConsent: 2
        case .asListed: 3
        }
    }
}

/// Whether something may be done with released data.
package enum Permission: String, TermsCode {
    case prohibited
    case asListed = "as-listed"

    package var number: UInt64 {
        switch self {
        case .prohibited: 1
        case .asListed: 2
        }
    }
}
