import ArgumentParser
import Broker
import Foundation

/// The program. Every command but `init`, `serve`, `backup`, `restore`, `doctor`, `incident` and the offline `ledger` commands is a call to a running broker.
struct ConcordatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "concordat",
        abstract: "Share data between public bodies under agreements that anyone can check.",
        discussion: """
            A provider registers a dataset. A partner drafts an agreement for some fields of some rows and one purpose. Both sides advise,
            decide and sign. The partner's service then gets short-lived tokens and asks; every answer carries a receipt from the ledger.

            Commands that talk to a broker need to know where it is and who you are:
              CONCORDAT_URL   address, for example https://localhost:8443
              CONCORDAT_CA    PEM file of the authority that signed the broker's certificate
              CONCORDAT_CERT  PEM file of your certificate
              CONCORDAT_KEY   PEM file of its private key, mode 0600
            or the options --url, --ca, --cert and --key. --json prints answers for programs; a fault is then one JSON object with `error` and
            `exit_code`, the last line on standard error.

            Exit codes: 0 done, 1 refused or not found, 2 wrong usage or input, 3 the broker cannot be reached; 130, 141 and 143 where SIGINT
            (Ctrl-C), a reader of the output that has gone, or SIGTERM ended it.
            """,
        version: BrokerVersion.text,
        subcommands: [
            InitialiseCommand.self, ServeCommand.self, BackupCommand.self, RestoreCommand.self, DoctorCommand.self, RegistryCommand.self, CatalogueCommand.self, AgreementCommand.self,
            TokenCommand.self, QueryCommand.self, StreamCommand.self, LedgerCommand.self, IncidentCommand.self, StatusCommand.self,
        ])
}

@main
enum Program {
    static func main() async {
        let occupied = StandardStreams.occupyClosedDescriptors()
        defer { withExtendedLifetime(occupied) {} }
        do {
            try ArgumentEncoding.require(CommandLine.arguments)
            var command = try ConcordatCommand.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let fault as CommandFault {
            if !fault.message.isEmpty { tell("concordat: \(fault.message)", fault.message, fault.status) }
            exit(fault.status.rawValue)
        } catch {
            end(with: error)
        }
    }

    /// Help and version on standard output; a wrong command line with exit code 2, as the help says; anything else as refused.
    private static func end(with error: any Error) -> Never {
        let code = ConcordatCommand.exitCode(for: error)
        guard !code.isSuccess else { ConcordatCommand.exit(withError: error) }
        let isUsage = code == .validationFailure
        let message = ConcordatCommand.message(for: error)
        let status: CommandFault.Status = isUsage ? .usage : .refused
        tell(isUsage ? ConcordatCommand.fullMessage(for: error) : "concordat: \(message)", message, status)
        exit(status.rawValue)
    }

    /// A fault as words for a person, or as an object for a program that asked for JSON, whichever option was wrong.
    private static func tell(_ words: String, _ message: String, _ status: CommandFault.Status) {
        let isForProgram = CommandLine.arguments.prefix { $0 != "--" }.contains("--json")
        let object = JSONValue.object([("error", .text(message)), ("exit_code", .integer(Int(status.rawValue)))])
        StandardStreams.complain((isForProgram ? object.text : words) + "\n")
    }
}
