import Agreements
import Redaction

// Terms in the words of the redaction engine. One place, used by the check before submission, by the broker and by the auditor.
extension DatasetTerms {
    /// The rule of each listed field. Throws where a transform or one of its parameters is not known.
    package func releaseRules() throws(RedactionFault) -> [ReleaseRule] {
        var rules: [ReleaseRule] = []
        for field in fields {
            let parameters = field.parameters.map { Transform.Parameter($0.name, $0.value) }
            let transform: Transform
            do throws(RedactionFault) {
                transform = try Transform(name: field.transform.text, parameters: parameters)
            } catch {
                // Several fields may have a transform of one name: which one is wrong must be said.
                throw .rule(path: field.path.description, reason: error.description)
            }
            rules.append(ReleaseRule(path: field.path, transform: transform))
        }
        return rules
    }

    /// The row filter, nil where every row may leave.
    package var releaseFilter: RowFilter? {
        rowFilter.map(DatasetTerms.filter)
    }

    private static func filter(_ predicate: RowPredicate) -> RowFilter {
        switch predicate {
        case .equals(let path, let value): .test(path, anyOf: [value])
        case .isIn(let path, let values): .test(path, anyOf: values)
        case .and(let parts): .all(parts.map(filter))
        case .or(let parts): .any(parts.map(filter))
        }
    }
}
