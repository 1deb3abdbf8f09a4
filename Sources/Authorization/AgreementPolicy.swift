import Agreements
import Cryptography
import Redaction
import Vocabulary

/// Terms compiled for one dataset and recipient. Made from the terms and the schema alone, and known by the terms' digest, so it
/// cannot say anything that was not signed.
package final class AgreementPolicy: Sendable {
    package let termsDigest: Digest
    package let dataset: DatasetID
    package let recipient: OrganisationID
    /// The program for every field that the terms release.
    package let full: RedactionProgram
    /// Places of the leaves that the terms release or transform.
    private let leaves: [FieldPath: Int]
    /// Programs for fewer fields, by the leaves that they let out.
    private let narrowed: [LeafSet: RedactionProgram]
    /// Most narrowed programs that are kept.
    private static let maxNarrowed = 64

    /// Throws where the terms do not name the dataset, or do not fit its schema.
    package init(terms: MaterialTerms, dataset id: DatasetID, schema: DatasetSchema, recipient: OrganisationID) throws(PolicyFault) {
        guard let dataset = terms.dataset(id) else { throw .datasetNotInTerms(id) }
        guard dataset.schema == schema.digest else { throw .schemaChanged(id) }
        do throws(RedactionFault) {
            full = try RedactionProgram(
                schema: schema, rules: try dataset.releaseRules(), rowFilter: dataset.releaseFilter,
                context: RedactionContext(recipient: recipient, agreement: terms.agreement))
        } catch { throw .redaction(error) }
        termsDigest = terms.digest
        self.dataset = id
        self.recipient = recipient
        leaves = Dictionary(uniqueKeysWithValues: full.askedLeaves.indexes.map { (schema.leaves[$0].path, $0) })
        narrowed = [:]
    }

    private init(_ earlier: AgreementPolicy, narrowed: [LeafSet: RedactionProgram]) {
        termsDigest = earlier.termsDigest
        dataset = earlier.dataset
        recipient = earlier.recipient
        full = earlier.full
        leaves = earlier.leaves
        self.narrowed = narrowed
    }

    /// The leaves of these fields; nil where one of them is not released.
    func leaves(of fields: [FieldPath]) -> LeafSet? {
        var set = LeafSet()
        for field in fields {
            guard let leaf = leaves[field] else { return nil }
            set.insert(leaf)
        }
        return set
    }

    /// The program for exactly these leaves. Takes a remembered one or compiles it.
    func program(for wanted: LeafSet) throws(RedactionFault) -> RedactionProgram {
        if wanted == full.askedLeaves { return full }
        if let known = narrowed[wanted] { return known }
        return try full.narrowed(to: wanted.indexes.map { full.schema.leaves[$0].path })
    }

    /// The same policy with a narrowed program kept, so that the next request for the same fields need not compile it. What it is kept
    /// under is worked out from the program itself. Nil where it is kept already, or belongs to other terms.
    func remembering(_ program: RedactionProgram) -> AgreementPolicy? {
        guard program !== full else { return nil }
        guard program.askedLeaves != full.askedLeaves, narrowed[program.askedLeaves] == nil else { return nil }
        guard program.context == full.context, program.schema.digest == full.schema.digest, program.rowFilter == full.rowFilter,
            program.rules.allSatisfy(full.rules.contains)
        else { return nil }
        var kept = narrowed.count >= AgreementPolicy.maxNarrowed ? [:] : narrowed
        kept[program.askedLeaves] = program
        return AgreementPolicy(self, narrowed: kept)
    }
}
