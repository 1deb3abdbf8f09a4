import ArgumentParser
import BrokerProtocol

struct AdviseCommand: BrokerCommand {
    enum Adviser: String, ExpressibleByArgument, CaseIterable {
        case legal, dpo, security
    }

    enum Verdict: String, ExpressibleByArgument, CaseIterable {
        case noConcern = "no-concern"
        case concern
        case mustNotProceed = "must-not-proceed"
    }

    static let configuration = CommandConfiguration(commandName: "advise", abstract: "Give signed advice on an agreement in review.")
    @Argument(help: "Agreement.") var agreement: String
    @Option(help: "The role in which you advise: legal, dpo or security.") var role: Adviser
    @Option(help: "no-concern, concern or must-not-proceed.") var verdict: Verdict
    @Option(help: "Why; the ledger holds its digest only.") var reason: String = ""
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let decision: Concordat_V1_StatementDecision =
            switch verdict {
            case .noConcern: .noConcern
            case .concern: .concern
            case .mustNotProceed: .mustNotProceed
            }
        let acting: Concordat_V1_Role =
            switch role {
            case .legal: .legal
            case .dpo: .dataProtection
            case .security: .security
            }
        let signing = StatementSigning(agreement: agreement, role: acting, decision: decision, reason: reason, connection: connection)
        try await signing.send("Advise", with: broker, printer: printer)
    }
}

struct DecideCommand: BrokerCommand {
    enum Verdict: String, ExpressibleByArgument, CaseIterable {
        case approve, reject
    }

    static let configuration = CommandConfiguration(
        commandName: "decide", abstract: "Decide for your organisation as its information asset owner; to depart from advice needs a reason.")
    @Argument(help: "Agreement.") var agreement: String
    @Option(help: "approve or reject.") var verdict: Verdict
    @Option(help: "Why; the ledger holds its digest only.") var reason: String = ""
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let signing = StatementSigning(
            agreement: agreement, role: .informationAssetOwner, decision: verdict == .approve ? .approve : .reject, reason: reason,
            connection: connection)
        try await signing.send("Decide", with: broker, printer: printer)
    }
}

struct SignCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign an approved agreement for your organisation, within your delegation.")
    @Argument(help: "Agreement.") var agreement: String
    @Option(help: "Why; the ledger holds its digest only.") var reason: String = ""
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let signing = StatementSigning(agreement: agreement, role: .signatory, decision: .sign, reason: reason, connection: connection)
        try await signing.send("Sign", with: broker, printer: printer)
    }
}
