import ArgumentParser
import Foundation
import TransparencyLog

/// Which log to read, how to reach it, and whom to believe.
struct LogOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("A folder with the log, or its https address.", valueName: "log"))
    var log: String

    @Option(help: ArgumentHelp("The log's verifier key, or a file that holds it.", valueName: "key-or-file"))
    var vkey: String

    @Option(help: ArgumentHelp("A witness's verifier key, or a file that holds it. May be repeated.", valueName: "key-or-file"))
    var witness: [String] = []

    @Option(help: "How many of the witnesses must have cosigned the checkpoint.")
    var quorum: Int = 0

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
        guard quorum >= 0, quorum <= witness.count else {
            throw ValidationError("--quorum asks for \(quorum) witnesses, and --witness names \(witness.count). Name as many as you ask for.")
        }
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
    func trust() throws(AuditFailure) -> LogTrust {
        let logKey = try LogOptions.verifierKey(vkey, "--vkey")
        guard logKey.algorithm == .ed25519 else { throw AuditFailure(.usage, "--vkey is a witness's key. Give the log's own.") }
        var witnesses: [VerifierKey] = []
        for text in witness {
            let key = try LogOptions.verifierKey(text, "--witness")
            guard key.algorithm == .cosignature, key.publicKey != logKey.publicKey, !witnesses.contains(where: { $0.publicKey == key.publicKey })
            else { throw AuditFailure(.usage, "--witness takes cosigner keys, each once.") }
            witnesses.append(key)
        }
        return LogTrust(origin: logKey.name, keys: [TrustedKey(logKey)], witnesses: witnesses, quorum: quorum)
    }

    /// The first line of a file of that name, or the text itself.
    private static func verifierKey(_ text: String, _ option: String) throws(AuditFailure) -> VerifierKey {
        var line = text
        if FileManager.default.fileExists(atPath: text) {
            let bytes = try RegularFile.read(text, limit: 65_536)
            line = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        }
        do throws(TransparencyFault) {
            return try VerifierKey(vkey: line)
        } catch {
            throw AuditFailure(.usage, "\(option) is neither a verifier key nor a file that holds one: \(error)")
        }
    }

    func reader() throws(AuditFailure) -> any LogReading {
        guard isRemote, let ca, let cert, let key else { return FolderLog(log) }
        return try RemoteLog(address: log, ca: ca, certificate: cert, key: key)
    }
}
