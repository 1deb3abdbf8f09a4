import AuditTrail
import Cryptography
import TransparencyLog

/// A receipt that was checked, for people and for programs.
struct ReceiptReport: Encodable {
    /// What an EXCHANGE says that it released.
    struct Released: Encodable {
        let dataset: String
        let purpose: String
        let records: UInt32
        let bytes: UInt64
        /// The digest of the terms that allowed it, which `concordat agreement show` prints.
        let terms: String

        init(_ body: ExchangeEntry) {
            dataset = body.dataset.text
            purpose = body.purpose.text
            records = body.rowsReleased
            bytes = body.bytesReleased
            terms = body.termsDigest.hex
        }
    }

    let verified = true
    let status = Verdict.verified.rawValue
    let origin: String
    let index: UInt64
    /// Nil where this version does not know the entry's form; the proof holds all the same.
    let kind: String?
    let sequenced: String?
    let released: Released?
    let leaf: String
    let size: UInt64
    let root: String
    let witnesses: [String]

    init(_ proof: TLogProof, entry: [UInt8], _ verified: VerifiedCheckpoint) {
        let checkpoint = verified.checkpoint
        origin = checkpoint.origin.description
        index = proof.index
        let read = ReceiptReport.read(entry)
        kind = read?.kind.name
        sequenced = read?.sequenced.description
        if case .exchange(let body)? = read?.body { released = Released(body) } else { released = nil }
        leaf = TreeHash.leaf(entry).hex
        size = checkpoint.size
        root = checkpoint.root.hex
        witnesses = verified.cosignatures.map(\.witness.description)
    }

    private static func read(_ entry: [UInt8]) -> LedgerEntry? {
        do throws(EntryFault) { return try LedgerEntry(canonical: entry) } catch { return nil }
    }

    var text: String {
        let what = kind.map { "\($0) of \(sequenced ?? "")" } ?? "of a form that this version does not know"
        var lines = ["entry \(index) of \(origin): \(what)"]
        if let released {
            lines.append("\(released.records) records of \(released.dataset), \(released.bytes) bytes, for \(released.purpose), under terms \(released.terms)")
        }
        lines += ["leaf \(leaf)", "checkpoint of \(size) entries, root \(root)"]
        if !witnesses.isEmpty { lines.append("cosigned by \(witnesses.joined(separator: ", "))") }
        lines.append("VERIFIED: these bytes stand at this place of the log, and the log's key signed for it")
        return lines.joined(separator: "\n")
    }
}
