import ArgumentParser
import BrokerProtocol
import Cryptography

/// What every statement has: the agreement, a reason, and what its signer has read.
struct StatementOptions: ParsableArguments {
    @Argument(help: "Agreement, for example ISA-2026-0001.") var agreement: String
    @Option(help: "Why; the ledger holds its digest only.") var reason: String = ""
    @OptionGroup var seen: SeenOptions
}

/// What the caller of a step has read: the step is refused where it is no longer so.
struct SeenOptions: ParsableArguments {
    @Option(help: "Version that you have seen; nothing is done if there is a newer one.") var version: UInt32 = 0
    @Option(help: "Terms digest that you have read, as `agreement show` prints it; nothing is done, and nothing signed, if the terms are others.")
    var termsDigest: String = ""

    /// Nil where none was given.
    func digest() throws -> Digest? {
        guard !termsDigest.isEmpty else { return nil }
        guard let digest = Digest(hex: termsDigest) else {
            throw CommandFault.usage("--terms-digest must be the 64 hexadecimal digits that `concordat agreement show` prints")
        }
        return digest
    }
}

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
    @Option(help: "The role in which you advise: legal, dpo or security.") var role: Adviser
    @Option(help: "no-concern, concern or must-not-proceed; the last two need a reason.") var verdict: Verdict
    @OptionGroup var options: StatementOptions
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
        let signing = StatementSigning(options: options, role: acting, decision: decision, connection: connection)
        try await signing.send("Advise", with: broker, printer: printer)
    }
}

struct DecideCommand: BrokerCommand {
    enum Decider: String, ExpressibleByArgument, CaseIterable {
        case assetOwner = "asset-owner"
        case riskOwner = "risk-owner"
    }

    enum Verdict: String, ExpressibleByArgument, CaseIterable {
        case approve, reject
    }

    static let configuration = CommandConfiguration(
        commandName: "decide", abstract: "Decide for your organisation; to reject, or to depart from advice, needs a reason.",
        discussion: """
            The information asset owner decides. Where they approve although an adviser of your organisation said must-not-proceed, the agreement
            waits until the senior information risk owner, another person, has accepted the departure: decide --role risk-owner, with a reason.
            """)
    @Option(help: "The role in which you decide: asset-owner or risk-owner.") var role = Decider.assetOwner
    @Option(help: "approve or reject.") var verdict: Verdict
    @OptionGroup var options: StatementOptions
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let acting: Concordat_V1_Role =
            switch role {
            case .assetOwner: .informationAssetOwner
            case .riskOwner: .seniorRiskOwner
            }
        let signing = StatementSigning(options: options, role: acting, decision: verdict == .approve ? .approve : .reject, connection: connection)
        try await signing.send("Decide", with: broker, printer: printer)
    }
}

struct SignCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign an approved agreement for your organisation, within your delegation.")
    @OptionGroup var options: StatementOptions
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let signing = StatementSigning(options: options, role: .signatory, decision: .sign, connection: connection)
        try await signing.send("Sign", with: broker, printer: printer)
    }
}
