import ArgumentParser

/// A command that is answered by a running broker over one connection.
protocol BrokerCommand: AsyncParsableCommand {
    var connection: ConnectionOptions { get }
    func run(with broker: BrokerConnection, printer: Printer) async throws
}

extension BrokerCommand {
    mutating func run() async throws {
        let command = self
        try await BrokerConnection.open(connection) { broker in
            try await command.run(with: broker, printer: command.connection.printer)
        }
    }
}
