import AuditTrail
import Cryptography
import DataSources
import TransparencyLog
import Vocabulary

extension EdgeRelease {
    /// RFC 6962 root over the record commitments in order of release.
    var recordsRoot: Digest {
        var range = CompactRange()
        for commitment in commitments { range.append(TreeHash.leaf(commitment.bytes)) }
        return range.root
    }

    /// Bytes of the records as they leave.
    var bytes: Int { records.reduce(0) { $0 + $1.bytes.count } }

    /// Whether an earlier entry commits to exactly these records and this request.
    func matches(_ entry: ExchangeEntry, hasCase: Bool) -> Bool {
        entry.recordsRoot == recordsRoot && entry.requestCommitment == requestCommitment
            && entry.caseCommitment == (hasCase ? caseCommitment : nil) && entry.rowsReleased == UInt32(clamping: records.count)
    }
}
