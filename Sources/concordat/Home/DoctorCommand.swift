import ArgumentParser
import Broker
import Storage

/// Says what is wrong with a home.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check a broker's home, certificate and configuration, and say what is wrong and what to do.",
        discussion: """
            Makes every check of the start and goes on after a failed one; reads every page of the database and of each dataset's file. Changes nothing,
            and works while the broker runs and when it does not.
            Exit code 0 where a broker could be served with all its datasets, 1 where something is wrong.
            """)
    @OptionGroup var home: HomeOptions
    @Flag(help: "Print the answer as JSON.") var json = false

    func run() throws {
        let examination = HomeExamination(BrokerHome(try home.path()))
        let findings = examination.findings
        Printer(json: json).show(object: findings.map { ($0.subject, .text("\($0.weight.rawValue): \($0.words)")) }) {
            findings.map { "\($0.weight.rawValue): \($0.subject): \($0.words)" }.joined(separator: "\n")
        }
        guard examination.isSound else { throw CommandFault.refused("something is wrong with this home; what, stands above") }
    }
}
