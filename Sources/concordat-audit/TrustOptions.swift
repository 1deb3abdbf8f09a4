import ArgumentParser
import Foundation
import TransparencyLog

/// Whom to believe: the log's key, and perhaps witnesses.
struct TrustOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The log's verifier key, or a file that holds it.", valueName: "key-or-file"))
    var vkey: String

    @Option(help: ArgumentHelp("A witness's verifier key, or a file that holds it. May be repeated.", valueName: "key-or-file"))
    var witness: [String] = []

    @Option(help: "How many of the witnesses must have cosigned the checkpoint.")
    var quorum: Int = 0

    func validate() throws {
        guard quorum >= 0, quorum <= witness.count else {
            throw ValidationError("--quorum asks for \(quorum) witnesses, and --witness names \(witness.count). Name as many as you ask for.")
        }
    }

    /// Throws a usage failure for keys that cannot be read.
    func trust() throws(AuditFailure) -> LogTrust {
        let logKey = try TrustOptions.verifierKey(vkey, "--vkey")
        guard logKey.algorithm == .ed25519 else { throw AuditFailure(.usage, "--vkey is a witness's key. Give the log's own.") }
        var witnesses: [VerifierKey] = []
        for text in witness {
            let key = try TrustOptions.verifierKey(text, "--witness")
            guard key.algorithm == .cosignature, key.publicKey != logKey.publicKey, !witnesses.contains(where: { $0.publicKey == key.publicKey })
            else { throw AuditFailure(.usage, "--witness takes cosigner keys, each once.") }
            witnesses.append(key)
        }
        return LogTrust(origin: logKey.name, keys: [TrustedKey(logKey)], witnesses: witnesses, quorum: quorum)
    }

    /// The first line of a file of that name, or the text itself.
    private static func verifierKey(_ text: String, _ option: String) throws(AuditFailure) -> VerifierKey {
        var line = text
        let isFile = FileManager.default.fileExists(atPath: text)
        if isFile {
            let bytes = try RegularFile.read(text, limit: 65_536)
            line = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        }
        do throws(TransparencyFault) {
            return try VerifierKey(vkey: line)
        } catch {
            // Every key has a '+' in it, and hardly a file's name.
            let reason =
                isFile ? "the first line of \(text) is no verifier key: \(error)"
                : text.contains("+") ? "it is no verifier key: \(error)" : "there is no file \(text), and it is no verifier key"
            throw AuditFailure(.usage, "\(option): \(reason). `concordat ledger vkey` prints the log's key, in one line such as name+id+key.")
        }
    }
}
