import Redaction
import Vocabulary

/// Why terms cannot be compiled.
package enum PolicyFault: Error, Hashable, Sendable {
    case datasetNotInTerms(DatasetID)
    /// The dataset's schema is not the one that the terms were written for.
    case schemaChanged(DatasetID)
    case redaction(RedactionFault)
}
