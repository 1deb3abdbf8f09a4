import AuditTrail
import Cryptography
import DataSources
import ProtobufWire
import Redaction
import TransparencyLog
import Vocabulary

/// What an edge has let out, as its entry and its answer need it: made on the thread that read, so that no event loop waits for the writing of a
/// thousand records.
struct ReleasedBatch: Sendable {
    /// The records as an answer carries them: all `records` fields of a `QueryResponse` or `StreamBatch`.
    let wire: [UInt8]
    let count: Int
    /// Bytes of the records themselves.
    let bytes: Int
    /// RFC 6962 root over the record commitments in order of release.
    let recordsRoot: Digest
    let requestCommitment: Digest
    let caseCommitment: Digest
    let requestSalt: [UInt8]
    let caseSalt: [UInt8]
    let counts: RedactionRun.Counts
    /// Under which those are found whom the records are about; none for a search by key, which says itself about whom it is.
    let finders: [Digest]
    /// Where the next batch begins; nil where nothing follows.
    let next: UInt64?

    init(_ release: EdgeRelease) {
        var range = CompactRange()
        for commitment in release.commitments { range.append(TreeHash.leaf(commitment.bytes)) }
        recordsRoot = range.root
        let records = release.records
        count = records.count
        bytes = records.reduce(0) { $0 + $1.bytes.count }
        var writer = WireWriter(reserving: records.reduce(0) { $0 + $1.bytes.count + 64 + 64 * $1.opening.fields.count })
        for record in records { writer.message(1) { record.write(to: &$0) } }
        wire = writer.bytes
        requestCommitment = release.requestCommitment
        caseCommitment = release.caseCommitment
        requestSalt = release.requestSalt
        caseSalt = release.caseSalt
        counts = release.counts
        finders = release.finders
        next = release.next
    }

    /// Whether an earlier entry commits to exactly these records and this request.
    func matches(_ entry: ExchangeEntry, hasCase: Bool) -> Bool {
        entry.recordsRoot == recordsRoot && entry.requestCommitment == requestCommitment
            && entry.caseCommitment == (hasCase ? caseCommitment : nil) && entry.rowsReleased == UInt32(clamping: count)
    }
}

extension RedactedRecord {
    /// A `ReleasedRecord` of exchange.proto.
    fileprivate func write(to writer: inout WireWriter) {
        writer.bytes(1, bytes)
        writer.digest(2, commitment)
        writer.bytes(3, opening.recordSalt)
        for field in opening.fields {
            writer.message(4) { opening in
                opening.varint(1, UInt64(field.number))
                opening.varint(2, UInt64(field.disposition.wire.rawValue))
                field.storedSalt?.withSpan { opening.bytes(3, span: $0) }
                opening.digest(4, field.sourceDigest)
            }
        }
    }
}
