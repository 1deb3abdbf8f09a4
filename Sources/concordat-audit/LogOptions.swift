import ArgumentParser
import TransparencyLog

/// Which log to read, how to reach it, and whom to believe.
struct LogOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("A folder with the log, or its https address.", valueName: "log"))
    var log: String

    @OptionGroup var trusted: TrustOptions

    @Option(help: ArgumentHelp("PEM file of the authorities that the server's certificate may come from.", valueName: "file"))
    var ca: String?

    @Option(help: ArgumentHelp("PEM file of your certificate.", valueName: "file"))
    var cert: String?

    @Option(help: ArgumentHelp("PEM file of your certificate's private key.", valueName: "file"))
    var key: String?

    @Option(help: ArgumentHelp("Give up after so many seconds, 1 to 604,800.", valueName: "seconds"))
    var maxSeconds: Int = 86_400

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard (1...604_800).contains(maxSeconds) else { throw ValidationError("--max-seconds takes 1 to 604800.") }
        if isRemote {
            guard ca != nil, cert != nil, key != nil else {
                throw ValidationError("An https address needs --ca, --cert and --key.")
            }
        } else if log.contains("://") {
            throw ValidationError("A log is a folder or an https address.")
        }
    }

    var isRemote: Bool { log.hasPrefix("https://") }

    /// Whom to believe. Throws a usage failure for keys that cannot be read.
    func trust() throws(AuditFailure) -> LogTrust { try trusted.trust() }

    func reader() throws(AuditFailure) -> any LogReading {
        guard isRemote, let ca, let cert, let key else { return FolderLog(log) }
        return try RemoteLog(address: log, ca: ca, certificate: cert, key: key)
    }
}
