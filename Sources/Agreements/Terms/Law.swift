import Vocabulary

/// The legal footing, as the parties state it. Everything here is data that a lawyer edits; the code knows no law.
package struct Law: Hashable, Sendable {
    package let legalPower: String
    package let gateway: LegalBasisCode
    /// Act, section and schedule entry for each party.
    package let gatewayText: String
    package let confidence: String?
    package let article6: ArticleSix
    package let article9: ArticleNine?
    /// Condition of Schedule 1 to the Data Protection Act 2018.
    package let scheduleOneCondition: String?
    /// Part 3 of the Data Protection Act 2018 applies.
    package let isLawEnforcement: Bool
    package let consentReference: String?
    /// The data came from HMRC, so its consent is needed for any passing on.
    package let isFromHMRC: Bool
    package let gatewayCheck: GatewayCheck
    /// Version of the gateway register that the check used.
    package let registerVersion: String
    package let lawyerDetermination: String?
    /// The lawyer's own file reference, never a name.
    package let lawyerReference: String?
    package let needsReviewBoard: Bool
    package let reviewBoardReference: String?

    static let shape = TermsShape([
        TermsField(1, "legal_power", .text(max: TermsLimits.textBytes)),
        TermsField(2, "gateway", .name(.legalBasis)),
        TermsField(3, "gateway_text", .text(max: TermsLimits.textBytes)),
        TermsField(4, "confidence", .text(max: TermsLimits.textBytes), .optional),
        TermsField(5, "article_6", ArticleSix.kind),
        TermsField(6, "article_9", ArticleNine.kind, .optional),
        TermsField(7, "schedule_1_condition", .text(max: TermsLimits.textBytes), .optional),
        TermsField(8, "law_enforcement", .flag),
        TermsField(9, "consent_reference", .label(max: TermsLimits.labelBytes), .optional),
        TermsField(10, "hmrc_origin", .flag),
        TermsField(11, "gateway_check", GatewayCheck.kind),
        TermsField(12, "register_version", .label(max: 64)),
        TermsField(13, "lawyer_determination", .text(max: TermsLimits.textBytes), .optional),
        TermsField(14, "lawyer_reference", .label(max: TermsLimits.labelBytes), .optional),
        TermsField(15, "review_board_required", .flag),
        TermsField(16, "review_board_reference", .label(max: TermsLimits.labelBytes), .optional),
    ])

    init(_ reader: TermsReader) throws(TermsFault) {
        legalPower = try reader.text("legal_power")
        gateway = try reader.required("gateway") { LegalBasisCode($0) }
        gatewayText = try reader.text("gateway_text")
        confidence = reader.optionalText("confidence")
        article6 = try reader.code("article_6")
        article9 = reader.optionalCode("article_9")
        scheduleOneCondition = reader.optionalText("schedule_1_condition")
        isLawEnforcement = reader.flag("law_enforcement")
        consentReference = reader.optionalText("consent_reference")
        isFromHMRC = reader.flag("hmrc_origin")
        gatewayCheck = try reader.code("gateway_check")
        registerVersion = try reader.text("register_version")
        lawyerDetermination = reader.optionalText("lawyer_determination")
        lawyerReference = reader.optionalText("lawyer_reference")
        needsReviewBoard = reader.flag("review_board_required")
        reviewBoardReference = reader.optionalText("review_board_reference")
    }
}

/// Lawful bases of UK GDPR Article 6(1), in the Article's order.
package enum ArticleSix: String, TermsCode {
    case consent
    case contract
    case legalObligation = "legal-obligation"
    case vitalInterests = "vital-interests"
    case publicTask = "public-task"
    case legitimateInterests = "legitimate-interests"

    package var number: UInt64 {
        switch self {
        case .consent: 1
        case .contract: 2
        case .legalObligation: 3
        case .vitalInterests: 4
        case .publicTask: 5
        case .legitimateInterests: 6
        }
    }
}

/// Conditions of UK GDPR Article 9(2), in the Article's order.
package enum ArticleNine: String, TermsCode {
    case explicitConsent = "explicit-consent"
    case employmentSocialSecurity = "employment-social-security"
    case vitalInterests = "vital-interests"
    case notForProfit = "not-for-profit"
    case madePublic = "made-public"
    case legalClaims = "legal-claims"
    case substantialPublicInterest = "substantial-public-interest"
    case healthSocialCare = "health-social-care"
    case publicHealth = "public-health"
    case archivingResearch = "archiving-research"

    package var number: UInt64 {
        switch self {
        case .explicitConsent: 1
        case .employmentSocialSecurity: 2
        case .vitalInterests: 3
        case .notForProfit: 4
        case .madePublic: 5
        case .legalClaims: 6
        case .substantialPublicInterest: 7
        case .healthSocialCare: 8
        case .publicHealth: 9
        case .archivingResearch: 10
        }
    }
}

/// What the gateway register answered. It never answers "lawful": that is a lawyer's word.
package enum GatewayCheck: String, TermsCode {
    case consistent
    case inconsistent
    case needsLawyer = "needs-a-lawyer"

    package var number: UInt64 {
        switch self {
        case .consistent: 1
        case .inconsistent: 2
        case .needsLawyer: 3
        }
    }
}
