import Cryptography
import ProtobufWire
import Redaction
import Vocabulary

/// What an edge is asked for: which rows of which revision. Everything about whether they may be had is in the program that comes beside it.
package struct EdgeRequest: Hashable, Sendable {
    /// The source file that the catalogue names for the revision.
    package var file: String
    package var layout: SourceLayout
    /// Rows of the revision, as the catalogue has them: no answer counts more.
    package var rows: UInt64
    /// What the caller searches by; all must hold. The program's row filter comes on top.
    package var conditions: [SourceCondition]
    /// Rows after this position; 0 starts at the first.
    package var after: UInt64
    /// Most records to release, 1 to `SourceLimits.maxPageRecords`.
    package var limit: Int
    /// Most bytes of records to release; one record is always released.
    package var maxBytes: Int
    /// Canonical bytes of the caller's request and of its case reference, to be committed to under this exchange's key.
    package var canonicalRequest: [UInt8]
    package var canonicalCase: [UInt8]

    package init(
        file: String, layout: SourceLayout, rows: UInt64, conditions: [SourceCondition], after: UInt64 = 0, limit: Int,
        maxBytes: Int = SourceLimits.standard.maxPageBytes, canonicalRequest: [UInt8],
        canonicalCase: [UInt8]
    ) {
        self.file = file
        self.layout = layout
        self.rows = rows
        self.conditions = conditions
        self.after = after
        self.limit = limit
        self.maxBytes = maxBytes
        self.canonicalRequest = canonicalRequest
        self.canonicalCase = canonicalCase
    }
}

/// By whose rules and with which keys: an agreement's program, the key of one ledger entry, and the date that ages are counted at.
package struct EdgeTerms: Sendable {
    package let program: RedactionProgram
    package let keys: TransformKeys
    /// 32 bytes, of one EXCHANGE entry.
    package let xk: SecretBytes
    package let exchangeDate: CalendarDate
    package let evidence: EvidenceLevel
    /// How those are found whom the released records are about; nil where the records are about nobody, or the search itself says about whom.
    package let finding: SubjectFinding?

    package init(
        program: RedactionProgram, keys: TransformKeys, xk: SecretBytes, exchangeDate: CalendarDate, evidence: EvidenceLevel,
        finding: SubjectFinding? = nil
    ) {
        self.program = program
        self.keys = keys
        self.xk = xk
        self.exchangeDate = exchangeDate
        self.evidence = evidence
        self.finding = finding
    }
}

/// How a person is found by the value of a record's key field, without keeping that value: an HMAC, so that nobody without the key can try values.
package struct SubjectFinding: Sendable {
    /// Keeps two kinds of number with the same digits apart.
    package let domain: [UInt8]
    private let key: HMACKey
    /// What the key was made of, for handing it to an edge elsewhere.
    package let secret: SecretBytes

    /// `key` is that of `secret`, made once for all exchanges.
    package init(domain: [UInt8], key: HMACKey, secret: SecretBytes) {
        self.domain = domain
        self.key = key
        self.secret = secret
    }

    /// Under which the person of that name is found. `name` is the key's text as a search by key spells it.
    package func finder(of name: [UInt8]) -> Digest { key.authenticate(domain + name) }
}

/// What an edge gives back: records as they may leave, what the ledger entry says of them, and nothing else of the source. Made by `Edge.release` or
/// by examining what an edge elsewhere answered, and in no other way.
package struct EdgeRelease: Sendable {
    package let records: [RedactedRecord]
    /// One for each record, in order: the leaves of the entry's records root.
    package var commitments: [Digest] { records.map(\.commitment) }
    package let requestCommitment: Digest
    package let caseCommitment: Digest
    /// What opens the two commitments above, 16 bytes each.
    package let requestSalt: [UInt8]
    package let caseSalt: [UInt8]
    package let counts: RedactionRun.Counts
    /// Under which those are found whom the released records are about, in order of release: one for each, or none where
    /// `EdgeTerms.finding` asks for none or the records name nobody.
    package let finders: [Digest]
    /// Where the next page starts (`EdgeRequest.after`); nil where the source has no more rows that could be released.
    package let next: UInt64?

    init(
        records: [RedactedRecord], requestCommitment: Digest, caseCommitment: Digest, requestSalt: [UInt8], caseSalt: [UInt8],
        counts: RedactionRun.Counts, finders: [Digest], next: UInt64?
    ) {
        self.records = records
        self.requestCommitment = requestCommitment
        self.caseCommitment = caseCommitment
        self.requestSalt = requestSalt
        self.caseSalt = caseSalt
        self.counts = counts
        self.finders = finders
        self.next = next
    }
}

/// Why an edge released nothing: the source, terms that do not fit it, or an edge elsewhere that gave no answer worth anything.
package enum EdgeFault: Error, Hashable, Sendable, CustomStringConvertible {
    case source(SourceFault)
    case terms(RedactionFault)
    case unanswered(reason: String)

    package var description: String {
        switch self {
        case .source(let fault): fault.description
        case .terms(let fault): fault.description
        case .unanswered(let reason): "the edge: \(reason)"
        }
    }
}
