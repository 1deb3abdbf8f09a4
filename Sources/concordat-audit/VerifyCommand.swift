import ArgumentParser
import AuditTrail
import TransparencyLog

/// `concordat-audit verify LOG`.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks every byte and every act of a log.",
        discussion: """
            Checks the checkpoint's signature, each hash tile and entry against it, and then replays the whole log: each exchange must have been \
            allowed by an agreement in force at that moment, with those fields, purpose and limits, advised on, decided and signed by the people \
            who had to. Names the first entry or tile that was changed, and each entry that broke a rule.

            With --remember FILE the log must also continue the checkpoint that FILE holds; if all is well the new one is kept there. That is how \
            a rewritten history is found: keep the file.
            """)

    @OptionGroup var options: LogOptions

    @Option(help: ArgumentHelp("The checkpoint of the last audit; made when it does not exist.", valueName: "file"))
    var remember: String?

    func run() throws {
        Watchdog.start(seconds: options.maxSeconds, json: options.json)
        let trust = try options.trust()
        var remembered: [Checkpoint] = []
        if let remember, let note = try RegularFile.readIfThere(remember, limit: Limits.maxNoteBytes) {
            do throws(TransparencyFault) {
                _ = try Checkpoint(text: try SignedNote(note).text)
            } catch {
                throw AuditFailure(
                    .usage, "NOT VERIFIED: \(remember) holds no checkpoint (\(error)). Give the file that an earlier --remember wrote, or the name of a new one.")
            }
            remembered = [try LogAudit.verified(note, trust, "the remembered checkpoint in \(remember)").checkpoint]
        }
        let audit = try LogAudit.run(try options.reader(), trust: trust, remembered: remembered)
        let report = AuditReport(audit)
        let text = options.json ? report.json : report.text
        guard audit.replay.violationCount == 0 else {
            // What was found counts more than that it could not be written.
            do throws(AuditFailure) {
                try AuditOutput.line(text)
            } catch {
                throw AuditFailure(.violated, "TAMPERED. " + (error.message.isEmpty ? "Whoever read the report stopped reading." : error.message))
            }
            throw AuditFailure(.violated, "")
        }
        try AuditOutput.line(text)
        if let remember { try RegularFile.write(audit.checkpoint.note, to: remember) }
    }
}
