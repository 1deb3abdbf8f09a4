import ArgumentParser

/// `concordat-audit`: everything an outsider needs to check a ledger without trusting the broker.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "concordat-audit",
        abstract: "Checks a Concordat ledger without trusting the broker that wrote it.",
        discussion: """
            LOG is a folder in the C2SP tlog-tiles layout (what `concordat ledger export DIR` writes: checkpoint, tile/..., tile/entries/...) \
            or the https address under which a broker serves that layout, such as https://broker.example:8443/ledger. Entries are given to \
            registered auditors and parties only, so an address needs --ca, --cert and --key.

            --vkey is the log's verifier key. Get it from somewhere else than from the log itself.

            A receipt that `concordat query` or `concordat stream` kept is checked without a log: `concordat-audit receipt ENTRY PROOF`.

            Exit codes: 0 everything was read and is right; 1 something was changed, a rule was broken, or another key of the name in --vkey \
            signed; 2 the command line is wrong, or --vkey is the key of another log; 3 something could not be read, so nothing is known; 141 \
            whoever read the answer stopped reading.
            """,
        version: "0.1.0",
        subcommands: [VerifyCommand.self, ExplainCommand.self, ProofCommand.self, ReceiptCommand.self])
}
