extension AgreementTemplate {
    /// Scenario 2 of the reference: Universal Credit to a local authority.
    static let councilTaxReductionDocument: DocumentNode = .map([councilIdentity, councilFooting, councilDatasets, councilLimits, councilDuties, councilAnnex].flatMap { $0 })

    private static let councilIdentity = lines([
        "title": "Council tax reduction: Universal Credit awards for Leeds",
        "type": "recurring",
        "instrument": "memorandum",
        "parties": [
            [
                "organisation": "leeds-cc", "name": "Leeds City Council", "role": "recipient", "controller": "controller",
                "territory": "The council's own area",
            ],
            ["organisation": "dwp", "name": "Department for Work and Pensions", "role": "provider", "controller": "controller"],
        ],
        "purpose": [
            "code": "council-tax-reduction",
            "text": "Deciding who is due council tax reduction under the council's scheme, and how much.",
            "why_not_less": "The scheme counts the award, its elements, earnings and deductions. Asking claimants for letters instead delays the reduction.",
            "public_benefit": "Residents get the reduction that they are due without proving twice what the state already knows.",
            "impact_of_stop": "New claims wait for paper evidence; no reduction in payment stops.",
            "automated_decisions": "human-review",
        ],
    ])

    private static let councilFooting = lines([
        "law": [
            "legal_power": "The council's functions as billing authority for its council tax reduction scheme.",
            "gateway": "WRA2012-s131",
            "gateway_text": "Welfare Reform Act 2012, section 131, with the council tax reduction regulations. To be confirmed by each party's lawyer.",
            "article_6": "public-task",
            "gateway_check": "consistent",
            "register_version": "2026-10",
        ],
        "dpia": [
            "reference": "DPIA-2026-017", "outcome": "proceed", "residual_risk": "low", "ico_consulted": false, "review": "2030-06-30",
        ],
    ])

    private static let councilDatasets = lines([
        "datasets": [
            [
                "id": "uc.awards",
                "schema": .string(schemaPlaceholder),
                "subjects": "People in the council's area with a Universal Credit award",
                "operations": ["query"],
                "key_fields": ["nino"],
                "row_filter": ["equals": ["field": "local_authority", "value": "E08000035"]],
                "fields": .list(councilRules),
            ]
        ],
        "exchange": ["pattern": "query", "frequency": "When a resident claims or reports a change"],
    ])

    private static let councilRules: [DocumentNode] = [
        rule("nino", "allow", "To be sure that the award is the claimant's."),
        rule("first_name", "allow", "To be sure that the award is the claimant's."),
        rule("last_name", "allow", "To be sure that the award is the claimant's."),
        rule("date_of_birth", "allow", "The scheme has other rules from pension age."),
        rule("postcode", "postcode", ["level": "sector"], "To see that the claimant lives in the council's area; the council has the address."),
        rule("local_authority", "allow", "To see that the claimant lives in the council's area."),
        rule("award.period_start", "allow", "The reduction follows the award's periods."),
        rule("award.period_end", "allow", "The reduction follows the award's periods."),
        rule("award.amount_pence", "round", ["base": "100", "mode": "half_up"], "The scheme counts whole pounds."),
        rule("award.elements.kind", "allow", "The scheme disregards some elements."),
        rule("award.elements.amount_pence", "allow", "The scheme disregards some elements."),
        rule("earnings_pence", "round", ["base": "100", "mode": "half_up"], "The scheme counts whole pounds of earnings."),
        rule("deductions.kind", "allow", "The scheme counts the award before some deductions."),
        rule(
            "deductions.amount_pence", "bucket", ["edges": "0,2500,5000,10000,100000", "out_of_range": "clamp"],
            "Whether a deduction is small or large is enough."),
    ]

    private static let councilLimits = lines([
        "limits": [
            "rows_per_call": 100, "rows_per_day": 20_000, "bytes_per_day": 50_000_000, "calls_per_day": 20_000, "token_seconds": 300,
            "stream_seconds": 600,
        ],
        "security": [
            "classification": "official", "handling": "OFFICIAL-SENSITIVE", "privacy_label": "personal",
            "storage_location": "United Kingdom", "leaves_uk": false, "encryption_at_rest": "Yes",
        ],
        "evidence": ["level": "field", "request": "none"],
    ])

    private static let councilDuties = lines([
        "duties": [
            "retention_days": 2_190, "retention_trigger": "End of the financial year of the award", "disposal": "erase",
            "destruction_certificate_days": 30, "onward_disclosure": "prohibited", "reidentification": "prohibited",
            "linkage": "prohibited", "breach_notice_hours": 24, "audit_right": true, "subject_rights_lead": "leeds-cc",
            "foi_lead": "leeds-cc",
        ],
        "period": ["start": "2026-01-01", "end": "2030-12-31", "review": "2028-06-30", "renewal_notice_days": 90],
    ])

    private static let councilAnnex = lines([
        "annex": [
            "contacts": [
                ["organisation": "leeds-cc", "role": "security-24x7", "name": "Security desk"],
                ["organisation": "dwp", "role": "security-24x7", "name": "Security operations"],
            ],
            "operating_hours": "At any time",
        ]
    ])
}

/// The lines of a map, for documents put together from parts.
func lines(_ node: DocumentNode) -> [DocumentEntry] {
    guard case .map(let entries) = node else { return [] }
    return entries
}

func rule(_ path: String, _ transform: String, _ necessity: String) -> DocumentNode {
    ["path": .string(path), "transform": .string(transform), "necessity": .string(necessity)]
}

func rule(_ path: String, _ transform: String, _ parameters: DocumentNode, _ necessity: String) -> DocumentNode {
    ["path": .string(path), "transform": .string(transform), "parameters": parameters, "necessity": .string(necessity)]
}
