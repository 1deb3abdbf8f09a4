import Vocabulary

/// The data protection impact assessment that the agreement rests on.
package struct ImpactAssessment: Hashable, Sendable {
    package let reference: String
    package let outcome: AssessmentOutcome
    package let residualRisk: ResidualRisk
    package let icoConsulted: Bool
    package let review: CalendarDate?
    package let privacyNotice: String?
    package let equalityAssessment: String?
    package let summary: String?

    static let shape = TermsShape([
        TermsField(1, "reference", .label(max: TermsLimits.labelBytes)),
        TermsField(2, "outcome", AssessmentOutcome.kind),
        TermsField(3, "residual_risk", ResidualRisk.kind),
        TermsField(4, "ico_consulted", .flag),
        TermsField(5, "review", .date, .optional),
        TermsField(6, "privacy_notice", .label(max: 1_000), .optional),
        TermsField(7, "equality_assessment", .label(max: TermsLimits.labelBytes), .optional),
        TermsField(8, "summary", .text(max: TermsLimits.textBytes), .optional),
    ])

    init(_ reader: TermsReader) throws(TermsFault) {
        reference = try reader.text("reference")
        outcome = try reader.code("outcome")
        residualRisk = try reader.code("residual_risk")
        icoConsulted = reader.flag("ico_consulted")
        review = reader.optionalDate("review")
        privacyNotice = reader.optionalText("privacy_notice")
        equalityAssessment = reader.optionalText("equality_assessment")
        summary = reader.optionalText("summary")
    }
}

package enum AssessmentOutcome: String, TermsCode {
    case proceed
    case proceedWithConditions = "proceed-with-conditions"
    case doNotProceed = "do-not-proceed"
    case screenedOut = "screened-out"

    package var number: UInt64 {
        switch self {
        case .proceed: 1
        case .proceedWithConditions: 2
        case .doNotProceed: 3
        case .screenedOut: 4
        }
    }
}

package enum ResidualRisk: String, TermsCode {
    case low
    case medium
    case high

    package var number: UInt64 {
        switch self {
        case .low: 1
        case .medium: 2
        case .high: 3
        }
    }
}
