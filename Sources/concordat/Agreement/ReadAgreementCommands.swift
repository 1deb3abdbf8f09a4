import Agreements
import ArgumentParser
import Broker
import BrokerProtocol
import Cryptography

struct ShowAgreementCommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show one agreement: its state, boards and what the parties said to each other (with --json: see history); its terms with --terms.")
    @Argument(help: "Agreement.") var agreement: String
    @Flag(help: "Print the terms and the annex as YAML.") var terms = false
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_Agreement = try await broker.call(
            "AgreementService/GetAgreement", Concordat_V1_GetAgreementRequest.with { $0.agreement = agreement })
        var text = terms ? YAMLText.print(try DocumentNode(wire: answer.document)) : AgreementWords.agreement(answer)
        if !terms, !connection.json {
            let history: Concordat_V1_AgreementHistory = try await broker.call(
                "AgreementService/GetAgreementHistory", Concordat_V1_GetAgreementRequest.with { $0.agreement = agreement })
            for line in AgreementWords.comments(history) { text += "\n" + line }
            text += "\n  read the terms: concordat agreement show \(answer.id) --terms"
        }
        try printer.show(answer) { text }
    }
}

struct ListAgreementsCommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the agreements that you may see.")
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_ListAgreementsResponse = try await broker.call(
            "AgreementService/ListAgreements", Concordat_V1_ListAgreementsRequest())
        try printer.show(answer) {
            var table = Table("agreement", "version", "state", "provider", "recipient", "purpose", "title")
            for one in answer.agreements {
                table.add(
                    one.id, String(one.version), AgreementWords.state(one.state), one.provider, one.recipient, one.purpose, one.title)
            }
            return table.text
        }
    }
}

struct HistoryCommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "history", abstract: "List every ledger entry of one agreement, with what was said at each step; comments are for the parties.")
    @Argument(help: "Agreement.") var agreement: String
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_AgreementHistory = try await broker.call(
            "AgreementService/GetAgreementHistory", Concordat_V1_GetAgreementRequest.with { $0.agreement = agreement })
        try printer.show(answer) {
            var table = Table("entry", "at", "act", "state after", "organisation", "principal", "reason", "comment")
            for one in answer.events {
                table.add(
                    String(one.ledgerIndex), moment(one.at), one.act, AgreementWords.state(one.state), one.organisation,
                    String(one.principal), one.reasonCode, one.comment)
            }
            return table.text
        }
    }
}
