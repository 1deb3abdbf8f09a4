import ArgumentParser
import AuditTrail

/// `concordat-audit explain INDEX LOG`.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Follows one entry back to what allowed it, in plain words.",
        discussion: """
            Verifies the whole log first. For an exchange it then shows what left, under which agreement and fields, who drafted, advised, decided \
            and signed it and in which entries, and the token and certificate that were used. Exit code 1 where this entry broke a rule.
            """)

    @Argument(help: "The number of the entry, from 0.")
    var index: UInt64

    @OptionGroup var options: LogOptions

    func run() throws {
        Watchdog.start(seconds: options.maxSeconds, json: options.json)
        let audit = try LogAudit.run(try options.reader(), trust: try options.trust(), explaining: index)
        guard let explanation = audit.explanation else {
            let finding = audit.replay.findings.first { $0.index.value == index }
            throw AuditFailure(.violated, "entry \(index) cannot be read\(finding.map { ": " + $0.explanation } ?? "").")
        }
        let report = ExplanationReport(explanation)
        try AuditOutput.line(options.json ? report.json : report.text)
        guard explanation.findings.allSatisfy({ $0.severity != .violation }) else { throw AuditFailure(.violated, "") }
    }
}
