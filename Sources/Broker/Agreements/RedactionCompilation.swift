import Agreements
import Authorization
import Redaction
import Vocabulary

/// What the redaction compiler says of terms, in the words of a terms check.
enum RedactionCompilation {
    /// What the compiler refuses, and what it would have a reviewer see.
    static func problems(of terms: MaterialTerms, schemas: [DatasetID: DatasetSchema]) -> [TermsProblem] {
        var problems: [TermsProblem] = []
        for dataset in terms.datasets {
            guard let schema = schemas[dataset.dataset] else { continue }
            for party in terms.parties where party.role == .recipient {
                do throws(PolicyFault) {
                    let policy = try AgreementPolicy(terms: terms, dataset: dataset.dataset, schema: schema, recipient: party.organisation)
                    // Findings follow from rules and labels, and are the same for every recipient.
                    let findings = policy.full.findings(onSearchesBy: dataset.filterFields) + policy.full.findings
                    for doubt in findings.compactMap({ doubt($0, in: dataset.dataset) }) where !problems.contains(doubt) { problems.append(doubt) }
                } catch {
                    // The feasibility check has said already what is wrong with dataset and schema.
                    if case .redaction(let fault) = error { problems.append(problem(fault, in: dataset.dataset)) }
                }
            }
        }
        return problems
    }

    /// Nil for what the terms' own lint says.
    private static func doubt(_ finding: LintFinding, in dataset: DatasetID) -> TermsProblem? {
        let code: TermsProblem.Code
        let remedy: String
        switch finding.kind {
        case .directIdentifierAllowed, .exactBesideGeneralised, .freeTextReleased: return nil
        case .sensitiveAllowed: (code, remedy) = (.sensitiveReleased, "Release less than the value if the purpose allows.")
        case .sensitiveInferred: (code, remedy) = (.sensitiveInferred, "Ask whether the purpose needs to know, as for the value itself.")
        case .constantReleased: (code, remedy) = (.constantReleased, "Tell the recipient, or leave the field out.")
        case .shortValuesWhole: (code, remedy) = (.shortValuesWhole, "Mask or pseudonymise it unless whole values may leave.")
        case .lowCardinalityPseudonym: (code, remedy) = (.guessablePseudonym, "Leave it out, or treat its codes as the value.")
        case .mapKeysReleased: (code, remedy) = (.mapKeysReleased, "See that the keys name nobody.")
        case .bytesReleased: (code, remedy) = (.bytesReleased, "Leave it out unless the purpose needs it and you know what is in it.")
        case .unlabelled: (code, remedy) = (.unlabelled, "Have the provider label the field.")
        case .filterOnHidden: (code, remedy) = (.filterOnHidden, "See that the recipient may know it of everybody in the answer.")
        case .searchByHidden: (code, remedy) = (.filterOnHidden, "Take it out, or release the field, unless the recipient may know it.")
        }
        let place =
            switch finding.kind {
            case .filterOnHidden: "row_filter"
            case .searchByHidden: "filter_fields"
            default: "fields[\(finding.path)]"
            }
        return TermsProblem(code, .warning, path: "datasets[\(dataset)].\(place)", fault: finding.text, remedy: remedy)
    }

    private static func problem(_ fault: RedactionFault, in dataset: DatasetID) -> TermsProblem {
        let path: String =
            switch fault {
            case .rule(let path, _), .label(let path, _): "datasets[\(dataset)].fields[\(path)]"
            case .filter: "datasets[\(dataset)].row_filter"
            default: "datasets[\(dataset)].fields"
            }
        return TermsProblem(.transformNotOffered, path: path, fault: "cannot be carried out: \(fault)", remedy: "Correct the rule.")
    }
}
