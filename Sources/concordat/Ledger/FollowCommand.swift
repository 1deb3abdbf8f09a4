import ArgumentParser
import BrokerProtocol

/// Prints each new checkpoint of a running broker.
struct FollowCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "follow",
        abstract: "Print each new checkpoint of a running broker; runs until it is stopped.",
        discussion: "Keep the newest: `concordat-audit verify --remember FILE` compares what it finds with what was seen before.")
    @Option(help: "Size of a checkpoint that you hold: only larger ones are printed.") var size: UInt64 = 0
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let request = Concordat_V1_FollowLedgerRequest.with { $0.size = size }
        let growth = try await broker.stream("LedgerService/FollowLedger", request, returning: Concordat_V1_LedgerGrowth.self)
        while let next = try await growth.next() { try printer.show(next) { next.checkpoint } }
    }
}
