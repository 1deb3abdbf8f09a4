import ArgumentParser
import Broker
import Storage

/// Copies a home while its broker runs.
struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy a broker's database, sources and configuration, while it runs or not.",
        discussion: """
            Every page of the copied database is read, and its ledger checked against its signed head. The keys and the files of `tls:` are not copied:
            keep them apart from it, and a fresh copy of keys/ledger.head, which shows that an old database was put back.
            A backup can be restored only while no entry has come after it. To move a broker, stop it first: a backup made after the stop is as new as
            keys/ledger.head. Against the loss of a disk keep the home on mirrored storage; README, "Backups and loss", has the rest.
            """)
    @Argument(help: "Folder to make, in one that is there and outside the home.") var directory: String
    @OptionGroup var home: HomeOptions
    @Flag(help: "Print the answer as JSON.") var json = false

    func run() throws {
        let home = BrokerHome(try home.path())
        do throws(BrokerFault) {
            let size = try HomeBackup.make(of: home, at: directory)
            Printer(json: json).show(object: [("entries", .integer(size)), ("directory", .text(directory))]) {
                "copied and checked: a ledger of \(size) entries in \(directory); keys/ and the files of tls: are not in it"
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
            Move the old broker.sqlite, -wal and -shm out of the home first. A damaged backup is refused before anything is put in place, and so is one
            that is older than what keys/ledger.head remembers: it would take back signed entries, of which others hold receipts. Each entry
            counts, also those of a start and a stop. Where no newer backup is left, that log cannot go on: keep it as evidence and begin another
            with a new origin (README, "Backups and loss"). Dataset files that are in the home are replaced by those of the backup.
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
