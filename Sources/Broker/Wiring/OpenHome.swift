import Cryptography
import DataSources
import Ledger
import NIOCore
import SQLiteStorage
import Storage
import Vocabulary

/// A home opened for its broker: lock, store, readers, keys and sources, with the store's settings read back.
struct OpenHome: Sendable {
    let home: BrokerHome
    let store: SQLiteStore
    let readers: [SQLiteReader]
    let keys: BrokerKeys
    let sources: SourceShelf
    /// What the catalogue held when the home was opened.
    private let datasets: [CatalogueDataset]
    /// What was read back, as name=value.
    let settings: [String]

    init(_ home: BrokerHome, _ configuration: BrokerConfiguration, clock: BrokerClock, randomness: Randomness) throws(BrokerFault) {
        self.home = home
        do throws(StorageFault) {
            store = try SQLiteStore.open(home)
            settings = try store.settings().map { "sqlite.\($0.name)=\($0.value)" }
            readers = [try SQLiteReader(home), try SQLiteReader(home)]
        } catch {
            throw OpenHome.fault(error, home)
        }
        keys = try BrokerKeys(of: home, limits: configuration.limits)
        let keys = keys
        let frozen: BrokerFault?
        do throws(StorageFault) {
            (datasets, frozen) = try store.transaction { transaction throws(StorageFault) in
                let fault = try FrozenSettings.fault(home, configuration, keys, in: transaction)
                if fault == nil { try FrozenSettings.keep(keys.checks, in: transaction) }
                return (try transaction.datasets(), fault)
            }
        } catch {
            throw OpenHome.fault(error, home)
        }
        if let frozen { throw frozen }
        do throws(SourceFault) {
            sources = try SourceShelf(home: home, readers: System.coreCount)
        } catch {
            throw .start(part: "sources", reason: error.description)
        }
    }

    /// Recovers the log and starts its writer.
    func startLedger(settings: [String], clock: BrokerClock, randomness: Randomness) throws(BrokerFault) -> Sequencer {
        let digest = Digest.sha256(Array((self.settings + settings).joined(separator: "\n").utf8))
        let heartbeat = Heartbeat(run: randomness.bytes(16), version: BrokerVersion.text, settingsDigest: digest)
        let identity: Result<LogIdentity, LedgerFault>
        do throws(StorageFault) {
            identity = try store.transaction { transaction throws(StorageFault) in
                do throws(LedgerFault) {
                    return .success(try LogIdentity(of: home, in: transaction))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw OpenHome.fault(error, home)
        }
        do throws(LedgerFault) {
            return try Sequencer.open(store, home, try identity.get(), heartbeat: heartbeat, clock: clock.now)
        } catch {
            throw .start(part: "ledger", reason: error.description)
        }
    }

    /// Removes the source files that the catalogue does not name. Only for a ledger that has been recovered and checked: the catalogue of an
    /// old copy of the database does not name the newest sources, and they must be there when the right copy is put back.
    func removeUnnamedSources() throws(BrokerFault) {
        do throws(SourceFault) {
            _ = try sources.folder.removeAll(but: Set(datasets.map(\.sourceFile)))
        } catch {
            throw .start(part: "sources", reason: error.description)
        }
    }

    /// The datasets that cannot be read, with what to do. They stop no start: the ledger and all other datasets are served.
    func sourceFaults() -> [(dataset: DatasetID, words: String)] {
        SourceExamination.faults(of: datasets, in: sources.folder, to: .opened)
    }

    private static func fault(_ fault: StorageFault, _ home: BrokerHome) -> BrokerFault {
        switch fault {
        case .locked: .locked(path: home.path)
        case .setting(let name, let required, let found): .setting(name: name, expected: required, found: found)
        case .file(let what): .home(path: home.path, reason: what)
        default: .start(part: "store", reason: fault.description)
        }
    }
}
