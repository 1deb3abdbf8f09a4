import Vocabulary

/// What the data is for, and why no less would do.
package struct Purpose: Hashable, Sendable {
    package let code: PurposeCode
    package let text: String
    package let whyNotLess: String
    package let publicBenefit: String
    package let aims: String?
    package let howDataHelps: String?
    package let outcome: String?
    package let outcomeDate: CalendarDate?
    /// What stops for citizens when the exchange stops: shown beside every stop.
    package let impactOfStop: String?
    package let neededBy: CalendarDate?
    package let isCommercial: Bool
    package let automatedDecisions: AutomatedDecisions
    package let trainsModels: Bool
    package let isResearch: Bool
    /// Reference in the Algorithmic Transparency Recording Standard's register.
    package let algorithmRecord: String?

    static let shape = TermsShape([
        TermsField(1, "code", .name(.purpose)),
        TermsField(2, "text", .text(max: TermsLimits.textBytes)),
        TermsField(3, "why_not_less", .text(max: TermsLimits.textBytes)),
        TermsField(4, "public_benefit", .text(max: TermsLimits.textBytes)),
        TermsField(5, "aims", .text(max: TermsLimits.textBytes), .optional),
        TermsField(6, "how_data_helps", .text(max: TermsLimits.textBytes), .optional),
        TermsField(7, "outcome", .text(max: TermsLimits.textBytes), .optional),
        TermsField(8, "outcome_date", .date, .optional),
        TermsField(9, "impact_of_stop", .text(max: TermsLimits.textBytes), .optional),
        TermsField(10, "needed_by", .date, .optional),
        TermsField(11, "commercial", .flag),
        TermsField(12, "automated_decisions", AutomatedDecisions.kind),
        TermsField(13, "model_training", .flag),
        TermsField(14, "research", .flag),
        TermsField(15, "algorithm_record", .label(max: TermsLimits.labelBytes), .optional),
    ])

    init(_ reader: TermsReader) throws(TermsFault) {
        code = try reader.required("code") { PurposeCode($0) }
        text = try reader.text("text")
        whyNotLess = try reader.text("why_not_less")
        publicBenefit = try reader.text("public_benefit")
        aims = reader.optionalText("aims")
        howDataHelps = reader.optionalText("how_data_helps")
        outcome = reader.optionalText("outcome")
        outcomeDate = reader.optionalDate("outcome_date")
        impactOfStop = reader.optionalText("impact_of_stop")
        neededBy = reader.optionalDate("needed_by")
        isCommercial = reader.flag("commercial")
        automatedDecisions = try reader.code("automated_decisions")
        trainsModels = reader.flag("model_training")
        isResearch = reader.flag("research")
        algorithmRecord = reader.optionalText("algorithm_record")
    }
}

/// Whether machines decide about people with the data (UK GDPR Article 22).
package enum AutomatedDecisions: String, TermsCode {
    case none
    case humanReview = "human-review"
    case solelyAutomated = "solely-automated"

    package var number: UInt64 {
        switch self {
        case .none: 1
        case .humanReview: 2
        case .solelyAutomated: 3
        }
    }
}
