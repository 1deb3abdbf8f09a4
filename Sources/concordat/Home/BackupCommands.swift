import ArgumentParser
import Broker
import Storage

/// Copies a home while its broker runs.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy a broker's database, sources and configuration, while it runs or not.",
        discussion: """
            The copy is opened and its ledger checked against its signed head. The keys are not copied: keep a copy of keys/ apart from it, and a
            fresh one of keys/ledger.head, which shows that an old database was put back.
            """)
    @Argument(help: "Folder to make.") var directory: String
    @OptionGroup var home: HomeOptions
    @Flag(help: "Print the answer as JSON.") var json = false

    func run() throws {
        let home = BrokerHome(try home.path())
        do throws(BrokerFault) {
            let size = try HomeBackup.make(of: home, at: directory)
            Printer(json: json).show(object: [("entries", .integer(size)), ("directory", .text(directory))]) {
                "copied and checked: a ledger of \(size) entries in \(directory); the keys are not in it"
            }
        } catch {
            throw CommandFault.refused("\(error)")
        }
    }
}

/// Puts a backup in place.
struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a backup into a home whose keys are in place and whose broker does not run.",
        discussion: """
            Move the old broker.sqlite, -wal and -shm out of the home first. A backup that is older than what keys/ledger.head remembers is refused:
            it would take signed entries back.
            """)
    @Argument(help: "Folder that `concordat backup` made.") var directory: String
    @OptionGroup var home: HomeOptions
    @Flag(help: "Print the answer as JSON.") var json = false

    func run() throws {
        let home = BrokerHome(try home.path())
        do throws(BrokerFault) {
            let size = try HomeBackup.restore(directory, into: home)
            Printer(json: json).show(object: [("entries", .integer(size)), ("home", .text(home.path))]) {
                "restored: a ledger of \(size) entries in \(home.path)"
            }
        } catch {
            throw CommandFault.refused("\(error)")
        }
    }
}
