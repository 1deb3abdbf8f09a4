import Agreements
import ArgumentParser
import Broker
import BrokerProtocol
import Cryptography

struct TemplateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "template", abstract: "Print terms to start from, as YAML.",
        discussion: "Without a name it lists the templates. Every line can be changed; `agreement check` says what is wrong before anyone sees it.")
    @Argument(help: "Template's name.") var name: String?
    @Flag(help: "Print JSON, which is read as well as YAML.") var json = false

    func run() throws {
        let printer = Printer(json: json)
        guard let name else {
            let names = AgreementTemplate.allCases
            printer.show(object: [("templates", .list(names.map { .text($0.name) }))]) {
                var table = Table("name", "for")
                for one in names { table.add(one.name, one.summary) }
                return table.text
            }
            return
        }
        guard let found = AgreementTemplate.allCases.first(where: { $0.name == name }) else {
            throw CommandFault.usage(
                "there is no template of that name; the templates are \(AgreementTemplate.allCases.map(\.name).joined(separator: ", "))")
        }
        printer.line(json ? JSONValue(found.document).text : YAMLText.print(found.document))
    }
}

struct CheckCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Try terms against the live schemas and the register; changes nothing.")
    @Argument(help: "YAML file, or the name of an agreement that the broker holds.") var subject: String
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        var request = Concordat_V1_CheckAgreementRequest()
        if subject.hasPrefix("ISA-") { request.agreement = subject } else { request.document = try TermsFile.read(subject) }
        let answer: Concordat_V1_CheckAgreementResponse = try await broker.call("AgreementService/CheckAgreement", request)
        try printer.show(answer) {
            var lines = [answer.feasible ? "these terms can be carried out" : "these terms cannot be carried out as they stand"]
            if !answer.termsDigest.isEmpty {
                let isDraft = !subject.hasPrefix("ISA-")
                lines.append("  terms digest\(isDraft ? " as a draft" : ""): \(Hex.encode(answer.termsDigest))")
                if isDraft { lines.append("  (the digest that is signed also covers the number that `agreement draft` gives; `agreement show` prints it)") }
            }
            lines += answer.findings.map(AgreementWords.finding)
            lines += answer.fields.map { "  \($0.dataset) \($0.field): \($0.transform)" }
            return lines.joined(separator: "\n")
        }
        if !answer.feasible { throw CommandFault.refused("correct what is marked as an error, and check again") }
    }
}

struct DraftCommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "draft", abstract: "Open an agreement as a draft.")
    @Argument(help: "YAML file with terms and annex.") var file: String
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let document = try TermsFile.read(file)
        let answer: Concordat_V1_AgreementChange = try await broker.call(
            "AgreementService/DraftAgreement", Concordat_V1_DraftAgreementRequest.with { $0.document = document })
        try printer.show(answer) { AgreementWords.change(answer) }
        try await broker.remarkErrors(answer.agreement, printer)
    }
}

extension BrokerConnection {
    /// Says after a draft or an edit what would stop its submission; a draft may be unfinished.
    fileprivate func remarkErrors(_ agreement: String, _ printer: Printer) async throws {
        let check: Concordat_V1_CheckAgreementResponse = try await call(
            "AgreementService/CheckAgreement", Concordat_V1_CheckAgreementRequest.with { $0.agreement = agreement })
        let errors = check.findings.filter { $0.severity == .error }
        guard !errors.isEmpty else { return }
        printer.remark("it cannot be submitted yet:\n" + errors.map(AgreementWords.finding).joined(separator: "\n"))
    }
}

struct EditCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit", abstract: "Replace the terms of a draft or returned agreement; voids every advice, decision and signature.")
    @Argument(help: "Agreement, for example ISA-2026-0001.") var agreement: String
    @Argument(help: "YAML file with terms and annex.") var file: String
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let document = try TermsFile.read(file)
        let answer: Concordat_V1_AgreementChange = try await broker.call(
            "AgreementService/EditAgreement", Concordat_V1_EditAgreementRequest.with { $0.agreement = agreement; $0.document = document })
        try printer.show(answer) { AgreementWords.change(answer) }
        try await broker.remarkErrors(answer.agreement, printer)
    }
}

struct AnnexCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "annex", abstract: "Replace the operational annex; needs no new approvals.")
    @Argument(help: "Agreement.") var agreement: String
    @Argument(help: "YAML file with the annex alone.") var file: String
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let annex = try TermsFile.read(file)
        let answer: Concordat_V1_AgreementChange = try await broker.call(
            "AgreementService/ChangeAnnex", Concordat_V1_ChangeAnnexRequest.with { $0.agreement = agreement; $0.annex = annex })
        try printer.show(answer) { AgreementWords.change(answer) }
    }
}
