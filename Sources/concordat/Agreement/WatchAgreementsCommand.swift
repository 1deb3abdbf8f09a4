import ArgumentParser
import BrokerProtocol

/// Prints agreements as they change.
struct WatchAgreementsCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Print your organisation's agreements, and each again when it changes; runs until it is stopped.")
    @Argument(help: "Only this agreement, for example ISA-2026-0001.") var agreement: String = ""
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let request = Concordat_V1_WatchAgreementsRequest.with { $0.agreement = agreement }
        let changes = try await broker.stream("AgreementService/WatchAgreements", request, returning: Concordat_V1_Agreement.self)
        while let change = try await changes.next() {
            try printer.show(change) { "\(change.id)  \(AgreementWords.state(change.state))  \(visible(change.title))" }
        }
    }
}
