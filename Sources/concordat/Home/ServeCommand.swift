import ArgumentParser
import Broker
import CJemalloc
import Storage

/// Runs the broker until SIGTERM or SIGINT.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the broker on its home until it is told to stop.",
        discussion: """
            Settings are in concordat.yaml of the home; an unknown key or a bad value stops the start, and so do other keys than the home was made with
            and files that others can open or change. Logs are JSON lines on standard error, without personal data.
            SIGTERM stops cleanly: calls that run are finished, the ledger is closed.
            SIGHUP reads certificate, key and client authorities again: new connections use them, open ones go on; a bad file changes nothing, and the
            log says why. One that arrives during the start is answered after it.
            """)
    @OptionGroup var home: HomeOptions

    /// How long memory is kept that the last answers have freed: calls that follow one another use it again, and a burst is soon forgotten.
    private static let keptMilliseconds = 1_000

    func run() async throws {
        // Where it is not to be had, memory that nobody uses goes back to the system with the calls that come: nothing depends on it.
        _ = concordat_return_memory_in_background()
        _ = concordat_return_memory_within(ServeCommand.keptMilliseconds)
        do {
            try await BrokerService.serve(BrokerHome(try home.path()))
        } catch let fault as BrokerFault {
            throw CommandFault.usage("\(fault)")
        }
    }
}
