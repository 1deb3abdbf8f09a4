import ArgumentParser
import Foundation

/// The folder that a broker lives in.
struct HomeOptions: ParsableArguments {
    @Option(help: "Folder of the broker (or CONCORDAT_HOME).")
    var home: String?

    func path() throws -> String {
        if let home {
            guard !home.isEmpty else {
                throw CommandFault.usage("--home is empty: give the folder of the broker, and see that the variable that should hold it is set")
            }
            return home
        }
        if let found = ProcessInfo.processInfo.environment["CONCORDAT_HOME"], !found.isEmpty { return found }
        throw CommandFault.usage("CONCORDAT_HOME is not set: set it, or give --home, for example --home /var/lib/concordat")
    }
}
