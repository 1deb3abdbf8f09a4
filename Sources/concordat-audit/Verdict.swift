/// What the program's exit code says. Zero is said only when everything was read and everything was right.
enum Verdict: Int32 {
    /// Everything fits, and every rule was kept.
    case verified = 0
    /// Bytes are not what was signed, or an act broke a rule.
    case violated = 1
    /// The command line is wrong, or the key given is not the log's.
    case usage = 2
    /// Something could not be read, so nothing is known: a file is missing, a server does not answer, time ran out.
    case unavailable = 3
    /// Whoever read the answer has stopped reading: nothing more is said, as programs in a pipe do.
    case readerGone = 141
}

/// Why a command ends without having verified.
struct AuditFailure: Error {
    let status: Verdict
    let message: String

    init(_ status: Verdict, _ message: String) {
        self.status = status
        self.message = message
    }
}
