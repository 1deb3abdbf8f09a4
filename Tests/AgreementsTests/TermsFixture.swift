@testable import Agreements
import Vocabulary

/// Terms that every check accepts on 2026-11-23, as a document that tests change one key of.
enum TermsFixture {
    static let schema = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    static let today = CalendarDate(year: 2026, month: 11, day: 23)!

    static let material: DocumentNode = [
        "agreement": "ISA-2026-0042",
        "version": 1,
        "title": "Council tax reduction in Leeds",
        "type": "recurring",
        "instrument": "memorandum",
        "parties": [
            ["organisation": "leeds-cc", "name": "Leeds City Council", "role": "recipient", "controller": "controller"],
            ["organisation": "dwp", "name": "Department for Work and Pensions", "role": "provider", "controller": "controller"],
        ],
        "purpose": [
            "code": "council-tax-reduction",
            "text": "Working out council tax reduction.",
            "why_not_less": "The scheme counts earnings and deductions.",
            "public_benefit": "People get the reduction that they are due.",
            "automated_decisions": "human-review",
        ],
        "law": [
            "legal_power": "Functions of the billing authority.",
            "gateway": "WRA2012-s131",
            "gateway_text": "Welfare Reform Act 2012, section 131.",
            "article_6": "public-task",
            "gateway_check": "consistent",
            "register_version": "2026-10",
        ],
        "dpia": ["reference": "DPIA-77", "outcome": "proceed", "residual_risk": "low"],
        "datasets": [
            [
                "id": "uc.awards",
                "schema": .string(schema),
                "operations": ["query"],
                "fields": [
                    ["path": "nino", "transform": "allow", "necessity": "To find the claim."],
                    [
                        "path": "award.amount_pence", "transform": "round", "parameters": ["base": 100, "mode": "half_up"],
                        "necessity": "The scheme counts whole pounds.",
                    ],
                ],
                "row_filter": ["equals": ["field": "local_authority", "value": "E08000035"]],
                "key_fields": ["nino"],
                "subjects": "Universal Credit claimants",
            ]
        ],
        "exchange": ["pattern": "query", "frequency": "As claims change"],
        "limits": [
            "rows_per_call": 100, "rows_per_day": 10000, "bytes_per_day": 10_000_000, "calls_per_day": 5000, "token_seconds": 300,
            "stream_seconds": 600,
        ],
        "security": ["classification": "official", "privacy_label": "personal", "storage_location": "United Kingdom"],
        "evidence": ["level": "field", "request": "none"],
        "duties": [
            "retention_days": 365, "retention_trigger": "End of the award", "disposal": "erase", "onward_disclosure": "prohibited",
            "reidentification": "prohibited", "linkage": "prohibited", "breach_notice_hours": 24, "audit_right": true,
        ],
        "period": ["start": "2026-11-01", "end": "2027-10-31", "review": "2027-06-01", "renewal_notice_days": 60],
    ]

    static func terms() throws(TermsFault) -> MaterialTerms {
        try MaterialTerms(document: material)
    }

    /// The terms with one value replaced, or taken out with nil. Steps of `path` are keys, or an index into a list.
    static func changed(_ path: [PathStep], to value: DocumentNode?, in document: DocumentNode = material) -> DocumentNode {
        replace(document, path[...], value)
    }

    static func changedTerms(_ path: [PathStep], to value: DocumentNode?) throws(TermsFault) -> MaterialTerms {
        try MaterialTerms(document: changed(path, to: value))
    }

    enum PathStep: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
        case key(String)
        case index(Int)
        init(stringLiteral value: String) { self = .key(value) }
        init(integerLiteral value: Int) { self = .index(value) }
    }

    private static func replace(_ node: DocumentNode, _ path: ArraySlice<PathStep>, _ value: DocumentNode?) -> DocumentNode {
        guard let step = path.first else { return value ?? .map([]) }
        let rest = path.dropFirst()
        switch step {
        case .key(let key):
            let inner = rest.isEmpty ? value : replace(node[key] ?? .map([]), rest, value)
            return node.setting(key, to: inner)
        case .index(let index):
            var elements = node.elements ?? []
            let inner = rest.isEmpty ? value : replace(elements[index], rest, value)
            if let inner { elements[index] = inner } else { elements.remove(at: index) }
            return .list(elements)
        }
    }
}
