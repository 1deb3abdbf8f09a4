import ArgumentParser
import AuditTrail
import Cryptography
import TransparencyLog

/// `concordat-audit receipt ENTRY PROOF`.
struct ReceiptCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt",
        abstract: "Checks a receipt: that the log has signed for an entry (c2sp.org/tlog-proof).",
        discussion: """
            ENTRY and PROOF are what `concordat query --receipts`, `stream --receipts` and `ledger receipt --out` keep: INDEX.entry and \
            INDEX.tlog-proof. Checks offline that the key of --vkey signed the checkpoint at the end of the proof, and that the proof leads from \
            these bytes at this index to its root. Shows what kind of entry it is, when it was made and, of an exchange, how \
            many records left.

            A receipt says that the entry is in the log. Whether the act was allowed, `verify` says of the whole log.
            """)

    @Argument(help: ArgumentHelp("File with the entry's bytes.", valueName: "entry"))
    var entry: String

    @Argument(help: ArgumentHelp("File with the proof.", valueName: "proof"))
    var proof: String

    @OptionGroup var trusted: TrustOptions

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        let report = try ReceiptCommand.check(entry: entry, proof: proof, trust: try trusted.trust())
        try AuditOutput.line(json ? JSONText.encode(report) : report.text)
    }

    /// Checks two files against each other and against the log's key. Throws `violated` where they are not what was signed.
    static func check(entry: String, proof: String, trust: LogTrust) throws(AuditFailure) -> ReceiptReport {
        let named = (entry: index(in: entry, ".entry"), proof: index(in: proof, ".tlog-proof"))
        if let one = named.entry, let other = named.proof, one != other {
            throw AuditFailure(.usage, "NOT VERIFIED: \(entry) and \(proof) are of two receipts. Give the two files of one.")
        }
        let bytes = try RegularFile.read(entry, limit: Limits.maxEntryBytes)
        let text = try RegularFile.read(proof, limit: Limits.maxNoteBytes + 2 * Limits.maxExtraBytes)
        guard !bytes.starts(with: "c2sp.org/tlog-proof@".utf8) else {
            throw AuditFailure(.usage, "NOT VERIFIED: \(entry) is a proof. Give the entry first and then its proof.")
        }
        let read: TLogProof
        do throws(TransparencyFault) { read = try TLogProof(text) } catch { throw AuditFailure(.violated, "TAMPERED: \(proof) is not as it was written: \(error)") }
        _ = try LogAudit.verified(read.checkpointNote, trust, "the checkpoint in \(proof)")
        let checkpoint: VerifiedCheckpoint
        do throws(TransparencyFault) {
            checkpoint = try read.verify(entry: bytes, trust: trust)
        } catch {
            throw AuditFailure(
                .violated, "TAMPERED: \(entry) is not entry \(read.index) of \(trust.origin), or the proof was altered: \(error). "
                    + "Get a fresh receipt with `concordat ledger receipt \(read.index) --out FOLDER`, and compare.")
        }
        if let wanted = named.entry ?? named.proof, wanted != read.index {
            throw AuditFailure(.violated, "TAMPERED: the files bear the number \(wanted), and what they hold is entry \(read.index) of \(trust.origin).")
        }
        return ReceiptReport(read, entry: bytes, checkpoint)
    }

    /// The number in a name such as `12.entry`; nil for every other name.
    private static func index(in path: String, _ suffix: String) -> UInt64? {
        guard let name = path.split(separator: "/").last, name.hasSuffix(suffix) else { return nil }
        let digits = name.dropLast(suffix.count)
        guard let index = UInt64(digits), String(index) == digits else { return nil }
        return index
    }
}
