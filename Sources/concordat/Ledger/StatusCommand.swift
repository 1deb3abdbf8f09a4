import ArgumentParser
import BrokerProtocol

struct StatusCommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Show how the broker is: version, ledger, settings read back.")
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_GetStatusResponse = try await broker.call("AdministrationService/GetStatus", Concordat_V1_GetStatusRequest())
        try printer.show(answer) {
            let lines = [
                "version \(answer.version), up since \(moment(answer.startedAt))",
                "ledger \(answer.origin), \(answer.ledgerSize) entries",
            ]
            return (lines + answer.settings.map { "  " + visible($0) }).joined(separator: "\n")
        }
    }
}
