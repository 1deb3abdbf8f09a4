import ArgumentParser
import BrokerProtocol
import Foundation

/// The steps that need a reason and no signature.
struct TransitionOptions: ParsableArguments {
    @Argument(help: "Agreement, for example ISA-2026-0001.") var agreement: String
    @Option(help: "Reason code, 1 to 64 capital letters and underscores, no digits; the usual one for this step if absent.") var reason: String = ""
    @Option(help: "Comment for the other party; the ledger holds a salted digest of it only.") var comment: String = ""
    @OptionGroup var seen: SeenOptions
}

/// One step without a signature: the method is all that differs.
protocol TransitionCommand: BrokerCommand {
    static var method: String { get }
    var options: TransitionOptions { get }
}

extension TransitionCommand {
    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let read = try options.seen.digest()
        let request = Concordat_V1_TransitionRequest.with {
            $0.termsDigest = Foundation.Data(read?.bytes ?? [])
            $0.agreement = options.agreement
            $0.reasonCode = options.reason
            $0.comment = options.comment
            $0.version = options.seen.version
        }
        let answer: Concordat_V1_AgreementChange = try await broker.call("AgreementService/\(Self.method)", request)
        try printer.show(answer) { AgreementWords.change(answer) }
    }
}

struct SubmitCommand: TransitionCommand {
    static let method = "Submit"
    static let configuration = CommandConfiguration(commandName: "submit", abstract: "Hand a draft to the provider; refused while the check finds an error.")
    @OptionGroup var options: TransitionOptions
    @OptionGroup var connection: ConnectionOptions
}

struct TakeUpCommand: TransitionCommand {
    static let method = "TakeUp"
    static let configuration = CommandConfiguration(commandName: "take-up", abstract: "Begin the review of a submitted agreement.")
    @OptionGroup var options: TransitionOptions
    @OptionGroup var connection: ConnectionOptions
}

struct ReturnCommand: TransitionCommand {
    static let method = "Return"
    static let configuration = CommandConfiguration(commandName: "return", abstract: "Send an agreement back to its requester with a comment.")
    @OptionGroup var options: TransitionOptions
    @OptionGroup var connection: ConnectionOptions
}

struct SuspendCommand: TransitionCommand {
    static let method = "Suspend"
    static let configuration = CommandConfiguration(
        commandName: "suspend", abstract: "Stop an agreement at once; every token is dead when this returns.")
    @OptionGroup var options: TransitionOptions
    @OptionGroup var connection: ConnectionOptions
}

struct ResumeCommand: TransitionCommand {
    static let method = "Resume"
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Consent to lift a suspension; the asset owner and the security adviser of the side that suspended must both.")
    @OptionGroup var options: TransitionOptions
    @OptionGroup var connection: ConnectionOptions
}

struct TerminateCommand: TransitionCommand {
    static let method = "Terminate"
    static let configuration = CommandConfiguration(
        commandName: "terminate", abstract: "End an agreement for good; every token is dead when this returns.")
    @OptionGroup var options: TransitionOptions
    @OptionGroup var connection: ConnectionOptions
}

struct WithdrawCommand: TransitionCommand {
    static let method = "Withdraw"
    static let configuration = CommandConfiguration(commandName: "withdraw", abstract: "Take a draft, a request, or an agreement that is not in force yet, back for good.")
    @OptionGroup var options: TransitionOptions
    @OptionGroup var connection: ConnectionOptions
}
