import Agreements
import Authorization
import Redaction
import Vocabulary

/// What the redaction compiler says of terms, in the words of a terms check.
enum RedactionCompilation {
    /// What the compiler refuses.
    static func problems(of terms: MaterialTerms, schemas: [DatasetID: DatasetSchema]) -> [TermsProblem] {
        var problems: [TermsProblem] = []
        for dataset in terms.datasets {
            guard let schema = schemas[dataset.dataset] else { continue }
            for party in terms.parties where party.role == .recipient {
                do throws(PolicyFault) {
                    _ = try AgreementPolicy(terms: terms, dataset: dataset.dataset, schema: schema, recipient: party.organisation)
                } catch {
                    // The feasibility check has said already what is wrong with dataset and schema.
                    if case .redaction(let fault) = error { problems.append(problem(fault, in: dataset.dataset)) }
                }
            }
        }
        return problems
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
