extension AgreementTemplate {
    /// The Valuation Office Agency's list of rents to DWP's housing analysts.
    static let rentAnalysisDocument: DocumentNode = .map([rentsIdentity, rentsFooting, rentsDatasets, rentsLimits, rentsDuties].flatMap { $0 })

    private static let rentsIdentity = lines([
        "title": "Rent evidence for housing analysis",
        "type": "recurring",
        "instrument": "memorandum",
        "parties": [
            ["organisation": "dwp", "name": "Department for Work and Pensions", "role": "recipient", "controller": "controller"],
            ["organisation": "voa", "name": "Valuation Office Agency", "role": "provider", "controller": "controller"],
        ],
        "purpose": [
            "code": "rent-analysis",
            "text": "Studying how rents in an area compare with Local Housing Allowance.",
            "why_not_less": "Published averages hide how rents are spread. Rounded rents show it; exact ones are not needed.",
            "public_benefit": "Help with housing costs follows what homes cost.",
            "automated_decisions": "none",
            "research": true,
        ],
    ])

    private static let rentsFooting = lines([
        "law": [
            "legal_power": "Each department's functions in housing support.",
            "gateway": "CRCA2005-s18",
            "gateway_text": "Commissioners for Revenue and Customs Act 2005, section 18. To be confirmed by each party's lawyer.",
            "article_6": "public-task",
            "hmrc_origin": true,
            "gateway_check": "consistent",
            "register_version": "2026-10",
        ],
        "dpia": ["reference": "DPIA-2026-031", "outcome": "screened-out", "residual_risk": "low", "ico_consulted": false],
    ])

    private static let rentsDatasets = lines([
        "datasets": [
            [
                "id": "voa.rents",
                "schema": .string(schemaPlaceholder),
                "subjects": "Lettings, without names or addresses",
                "operations": ["query", "stream"],
                "filter_fields": ["brma", "year", "lha_category"],
                "fields": [
                    rule("weekly_rent", "round", ["base": "5", "mode": "half_even"], "The spread of rents, not a single one, is studied."),
                    rule("year", "allow", "Rents are compared within a year."),
                    rule("brma", "allow", "Allowances are set for each broad rental market area."),
                    rule("lha_category", "allow", "Allowances are set for each number of bedrooms."),
                ],
            ]
        ],
        "exchange": ["pattern": "query", "frequency": "Each quarter"],
    ])

    private static let rentsLimits = lines([
        "limits": [
            "rows_per_call": 1_500_000, "rows_per_day": 1_500_000, "bytes_per_day": 500_000_000, "calls_per_day": 5_000, "token_seconds": 300,
            "stream_seconds": 3_600,
        ],
        "security": [
            "classification": "official", "privacy_label": "official", "storage_location": "United Kingdom", "leaves_uk": false,
        ],
        "evidence": ["level": "record", "request": "none"],
    ])

    private static let rentsDuties = lines([
        "duties": [
            "retention_days": 1_095, "retention_trigger": "End of the study", "disposal": "erase", "onward_disclosure": "prohibited",
            "reidentification": "prohibited", "linkage": "prohibited", "publication": "Averages over at least ten lettings.",
            "breach_notice_hours": 24, "audit_right": true,
        ],
        "period": ["start": "2026-01-01", "end": "2030-12-31", "review": "2028-06-30", "renewal_notice_days": 90],
    ])
}
