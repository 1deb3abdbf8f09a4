import ArgumentParser
import BrokerProtocol
import Foundation
import Ledger
import SQLiteStorage
import Storage
import Vocabulary

/// The ledger: offline on a home, and what calls about it need a broker.
struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Read the ledger: its key, its checkpoint, a copy of it, receipts, and why calls were refused.",
        discussion: """
            vkey, checkpoint and export read a home directly and work while the broker runs and when it does not. What the broker has
            answered they see: they wait, two seconds at most, for the checkpoint that covers it.
            receipt, denials and follow ask the running broker. `concordat-audit` checks what export writes.
            """,
        subcommands: [VerifierKeyCommand.self, CheckpointCommand.self, ExportCommand.self, ReceiptCommand.self, DenialsCommand.self, FollowCommand.self])
}

/// A home that is read and never changed.
struct OfflineHome {
    let home: BrokerHome
    private let snapshot: SQLiteSnapshot

    init(path: String) throws {
        home = BrokerHome(path)
        do throws(StorageFault) {
            snapshot = try SQLiteSnapshot(home)
        } catch {
            throw CommandFault.usage("\(path) cannot be read as a broker's home: \(error)")
        }
    }

    func read<Value>(_ body: (any StorageReading) throws(StorageFault) -> Value) throws -> Value {
        do throws(StorageFault) {
            return try snapshot.read(body)
        } catch {
            throw CommandFault.refused("\(home.path): \(error)")
        }
    }
}

extension OfflineHome {
    /// Entries with what opens them.
    func evidence(from first: LedgerIndex, count: Int) throws(StorageFault) -> [StoredEvidence] {
        try snapshot.read { (reading) throws(StorageFault) in try reading.evidence(from: first, count: count) }
    }

    /// A hash tile as stored.
    func tile(_ place: TilePlace) throws(StorageFault) -> [UInt8]? {
        try snapshot.read { (reading) throws(StorageFault) in try reading.tile(place) }
    }

    /// The head of the ledger, and what the checks of a start find: that entries, tiles and signed checkpoints do not fit each other, or that something
    /// that was signed for is missing. No fault where nothing is wrong, and, with a remark, where there is no key to tell by, as in a backup. No head
    /// where there is no ledger.
    func ledger(_ printer: Printer) throws -> (head: LedgerHead?, fault: LedgerFault?) {
        let key = HomeKeys(home).path(of: .ledger)
        do throws(StorageFault) {
            guard try OpenFile.exists(key) else {
                printer.remark("the ledger is not compared with what was signed for: \(key) is not there")
                return (try snapshot.read { (reading) throws(StorageFault) in try reading.head() }, nil)
            }
            switch try LogCheck.head(of: home, in: snapshot) {
            case .success(let head): return (head, nil)
            case .failure(let fault): return (try snapshot.read { (reading) throws(StorageFault) in try reading.head() }, fault)
            }
        } catch {
            throw CommandFault.refused("\(home.path): \(error)")
        }
    }

    func export(to directory: String) throws(StorageFault) -> UInt64 {
        try snapshot.read { (reading) throws(StorageFault) in try LogExport.write(reading, of: home, to: directory) }
    }

    /// Waits for the checkpoint that covers what the log holds now, and says so where none comes.
    func awaitCheckpoint(_ printer: Printer) throws {
        let uncovered: UInt64
        do throws(StorageFault) {
            uncovered = try CheckpointWait.untilCovered(sleep: { Thread.sleep(forTimeInterval: $0 / .seconds(1)) }) { () throws(StorageFault) in
                try snapshot.read { (reading) throws(StorageFault) in try CheckpointWait.Look(reading) }
            }
        } catch {
            throw CommandFault.refused("\(home.path): \(error)")
        }
        guard uncovered > 0 else { return }
        printer.remark(
            "the newest \(uncovered) entries are left out: no stored checkpoint covers them, as after a crash of the broker; start it, and it signs for them")
    }
}

struct VerifierKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vkey", abstract: "Print the key that checks the ledger's signatures (C2SP signed-note).")
    @OptionGroup var home: HomeOptions
    @Flag(help: "Print the answer as JSON.") var json = false

    func run() throws {
        let offline = try OfflineHome(path: home.path())
        let identity: LogIdentity
        do throws(LedgerFault) {
            // The key's file and the stored origin are read in one look at the home.
            identity = try offline.identity()
        } catch {
            throw CommandFault.usage("\(offline.home.path): \(error)")
        }
        let key = identity.verifierKey.vkey
        Printer(json: json).show(object: [("vkey", .text(key))]) { key }
    }
}

extension OfflineHome {
    func identity() throws(LedgerFault) -> LogIdentity {
        var found: Result<LogIdentity, LedgerFault>?
        do throws(StorageFault) {
            try snapshot.read { (reading) throws(StorageFault) in
                found = Result { () throws(LedgerFault) in try LogIdentity(of: home, in: reading) }
            }
        } catch {
            throw .store(error)
        }
        guard let found else { preconditionFailure("the body has run") }
        return try found.get()
    }
}

struct CheckpointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "checkpoint", abstract: "Print the newest signed checkpoint.")
    @OptionGroup var home: HomeOptions
    @Flag(help: "Print the answer as JSON.") var json = false

    func run() throws {
        let offline = try OfflineHome(path: home.path())
        try offline.awaitCheckpoint(Printer(json: json))
        guard let checkpoint = try offline.read({ (reading) throws(StorageFault) in try reading.checkpoint() }) else {
            throw CommandFault.refused("\(offline.home.path) has no signed checkpoint yet; start the broker once")
        }
        let note = String(decoding: checkpoint.note, as: UTF8.self)
        Printer(json: json).show(object: [("size", .integer(checkpoint.size)), ("checkpoint", .text(note))]) {
            note.trimmingCharacters(in: .newlines)
        }
    }
}

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Copy the ledger to a folder as C2SP tlog-tiles; can be continued.")
    @Argument(help: "Folder to write to, outside the home; new, or an earlier export of the same ledger.") var directory: String
    @OptionGroup var home: HomeOptions
    @Flag(help: "Print the answer as JSON.") var json = false

    func run() throws {
        let offline = try OfflineHome(path: home.path())
        try offline.awaitCheckpoint(Printer(json: json))
        var size: UInt64 = 0
        do throws(StorageFault) {
            size = try offline.export(to: directory)
        } catch {
            guard case .file(let what) = error else { throw CommandFault.refused("\(offline.home.path): \(error)") }
            throw CommandFault.usage(what)
        }
        Printer(json: json).show(object: [("entries", .integer(size)), ("directory", .text(directory))]) {
            "\(size) entries in \(directory)"
        }
    }
}

struct ReceiptCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt", abstract: "Get a fresh receipt for an entry: its bytes and its tlog-proof.",
        discussion: "`concordat-audit receipt INDEX.entry INDEX.tlog-proof --vkey KEY` checks offline what --out keeps. Get the key from somebody other than the broker.")
    @Argument(help: "Index of the entry.") var index: UInt64
    @Option(help: "Folder to write INDEX.entry and INDEX.tlog-proof to.") var out: String?
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_Receipt = try await broker.call(
            "LedgerService/GetReceipt", Concordat_V1_GetReceiptRequest.with { $0.index = index })
        if let out { try ReceiptFiles(directory: out).keep(answer) }
        try printer.show(answer) { answer.proof }
    }
}

struct DenialsCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "denials", abstract: "Show why calls were refused: the true reasons, newest first.")
    @Option(help: "How many, 1 to 100.") var limit: UInt32 = 10
    @Option(help: "Only of this service.") var client: String = ""
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard (1...100).contains(limit) else { throw ValidationError("--limit must be from 1 to 100.") }
    }

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_ExplainDenialsResponse = try await broker.call(
            "AdministrationService/ExplainDenials",
            Concordat_V1_ExplainDenialsRequest.with {
                $0.limit = limit
                $0.clientID = client
            })
        try printer.show(answer) {
            var table = Table("entry", "at", "who", "method", "true reason", "agreement", "fields", "times")
            for one in answer.denials {
                table.add(
                    String(one.ledgerIndex), moment(one.at), one.organisation + "/" + one.principal, one.method, one.reason, one.agreement,
                    one.fields.joined(separator: ","), String(one.count))
            }
            return table.text
        }
    }
}
