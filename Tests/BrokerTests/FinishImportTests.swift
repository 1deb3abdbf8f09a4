import BrokerProtocol
import Cryptography
import DataSources
import Foundation
import Ledger
import Logging
import RPC
import SQLiteStorage
import Storage
import Synchronization
import Testing
import Tokens
import Vocabulary

@testable import Broker

/// The two ways in which the commit of a finished import can fail: the file must be there wherever the catalogue names it.
@Suite(.serialized) struct FinishImportTests {
    /// What the disk does to the commit that publishes an import.
    enum Commit: CaseIterable, Sendable {
        case failsAndIsNotWritten
        case failsButIsWritten
    }

    @Test(arguments: Commit.allCases) func anImportWhoseCommitFailsIsThereExactlyWhereTheCatalogueNamesIt(_ commit: Commit) async throws {
        let running = try await RunningBroker()
        try await running.registerEverybody()
        await running.stop()
        let (fault, files) = try await importWithAFault(commit, running)
        #expect(fault == .unavailable(part: "ledger"))
        // Whether it was written is not known here, so the file stays for now.
        #expect(files.count == 1)

        let again = RunningBroker(running, broker: try await RunningBroker.start(running.home))
        let listed: Concordat_V1_ListDatasetsResponse = try await again.call(
            "dwp-owner", "CatalogueService/ListDatasets", Concordat_V1_ListDatasetsRequest())
        switch commit {
        case .failsAndIsNotWritten:
            #expect(listed.datasets.isEmpty)
            #expect(try sources(of: running.home).isEmpty)
        case .failsButIsWritten:
            #expect(listed.datasets.map(\.rows) == [3])
            #expect(try sources(of: running.home) == files)
            let look: Concordat_V1_GetRecordResponse = try await again.call(
                "dwp-owner", "CatalogueService/GetRecord",
                Concordat_V1_GetRecordRequest.with { $0.dataset = "uc.awards"; $0.key = "QQ123456A"; $0.reason = "After the fault." })
            #expect(look.record.isEmpty == false)
        }
        // Either way the same import can be made now.
        #expect(try await again.importAwards().revision == (commit == .failsButIsWritten ? 2 : 1))
        await again.stop()
    }

    /// Imports three records with a broker whose disk fails at the end. Answers the fault and the files that are then there.
    private func importWithAFault(_ commit: Commit, _ running: RunningBroker) async throws -> (CallFault?, [String]) {
        let configuration = try ConfigurationFile.read(path: running.home.configuration)
        let opened = try OpenHome(running.home, configuration, clock: .system, randomness: .system)
        let store = FailingStore(opened.store)
        let identity = try opened.store.transaction { transaction throws(StorageFault) in
            Result { try LogIdentity(of: running.home, in: transaction) }
        }.get()
        let ledger = try Sequencer.open(store, running.home, identity, heartbeat: nil, clock: BrokerClock.system.now)
        let core = BrokerCore(
            BrokerCore.Parts(
                configuration: configuration, clock: .system, randomness: .system, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                ledger: ledger, readers: opened.readers, keys: opened.keys,
                sources: opened.sources, edge: RunningBroker.edge, enrolled: EnrolledCertificates(), settings: []))
        let call = try await call(of: "dwp-owner", running, core)
        let schema = try RunningBroker.schema()
        let begun = try await core.beginImport(
            .with {
                $0.dataset = "uc.awards"
                $0.title = "Universal Credit awards"
                $0.schema.descriptorSet = Data(schema.canonicalBytes)
                $0.keyField = "nino"
                $0.synthetic = true
            }, call)
        _ = try await core.importBatch(
            .with {
                $0.importID = begun.importID
                $0.records = RunningBroker.citizens.map(RunningBroker.record)
            }, call)
        // The sequencer's first transaction writes its checkpoint down, on a thread that may come to it late. It takes no act before.
        let _: ActAnswer<Void, CallFault> = try await ledger.submit { _, _ in .refuse(.abandoned) }
        var fault: CallFault?
        store.next.withLock { $0 = commit }
        do throws(CallFault) {
            _ = try await core.finishImport(.with { $0.importID = begun.importID; $0.rows = 3 }, call)
        } catch {
            fault = error
        }
        _ = await ledger.ended()
        opened.sources.close()
        for reader in opened.readers { reader.close() }
        try opened.store.close()
        return (fault, try sources(of: running.home))
    }

    private func call(of name: String, _ running: RunningBroker, _ core: BrokerCore) async throws -> Call {
        let caller = try await core.caller(Thumbprint(Digest.sha256([UInt8](try running.der(name)))))
        return Call(
            method: "FinishImport", caller: caller, revocations: RevocationSnapshot(core.ledger.epochs, of: caller), arrived: core.clock.now(),
            reference: "test", trace: TraceContext(high: 0, low: 1), peerAddress: "127.0.0.1", authorization: [], isAbandoned: { false })
    }

    private func sources(of home: BrokerHome) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: home.sources).filter { $0.hasSuffix(".sqlite") }.sorted()
    }
}

/// A store whose next transaction fails as a disk does, before or after it was written.
private final class FailingStore: StorageWriter {
    let next = Mutex<FinishImportTests.Commit?>(nil)
    private let store: SQLiteStore

    init(_ store: SQLiteStore) {
        self.store = store
    }

    func transaction<Value>(_ body: (any StorageTransaction) throws(StorageFault) -> Value) throws(StorageFault) -> Value {
        switch next.withLock({ $0 }) {
        case nil: return try store.transaction(body)
        case .failsAndIsNotWritten: throw .io("a write")
        case .failsButIsWritten:
            _ = try store.transaction(body)
            throw .io("a sync")
        }
    }
}
