/// Terms to start from. Each is a whole document that lacks only what nobody can know beforehand: the schema's digest, and what the broker assigns
/// (`agreement`, `version`).
package enum AgreementTemplate: String, CaseIterable, Hashable, Sendable {
    /// A council works out council tax reduction from Universal Credit awards.
    case councilTaxReduction = "council-tax-reduction"
    /// Analysts study rents by area.
    case rentAnalysis = "rent-analysis"

    package var name: String { rawValue }

    package var summary: String {
        switch self {
        case .councilTaxReduction: "a council asks DWP for its own residents' Universal Credit awards, one citizen at a time"
        case .rentAnalysis: "DWP's analysts ask the Valuation Office Agency for rounded rents of an area, page by page"
        }
    }

    /// What stands where the digest of the dataset's schema belongs.
    package static let schemaPlaceholder = "SCHEMA_DIGEST"

    /// The document, to be printed and edited.
    package var document: DocumentNode {
        switch self {
        case .councilTaxReduction: AgreementTemplate.councilTaxReductionDocument
        case .rentAnalysis: AgreementTemplate.rentAnalysisDocument
        }
    }

    /// The document with the schema's digest filled in for every dataset.
    package func document(schema: String) -> DocumentNode {
        let datasets = (document["datasets"]?.elements ?? []).map { $0.setting("schema", to: .string(schema)) }
        return document.setting("datasets", to: .list(datasets))
    }
}
