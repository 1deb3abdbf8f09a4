import Cryptography
import DataSources
import HTTP1
import Ledger
import Logging
import NIOCore
import NIOPosix
import RPC
import SQLiteStorage
import ServiceLifecycle
import Storage
import TLS
import UnixSignals
import Vocabulary

/// A running broker: listeners, ledger and sources of one home, from its start to its clean stop.
package final class BrokerService: Sendable {
    package let core: BrokerCore
    private let home: BrokerHome
    private let store: SQLiteStore
    private let readers: [SQLiteReader]
    private let group: MultiThreadedEventLoopGroup
    private let api: RPCServer
    private let open: RPCServer
    private let operations: PlainListener
    private let health: HealthService
    private let logger: Logger

    /// Serves the home until the process is told to end (SIGTERM or SIGINT), and stops cleanly.
    package static func serve(_ home: BrokerHome, sink: LogSink = .standardError) async throws(BrokerFault) {
        // First of all: a SIGHUP that nobody traps ends the process, and certificates may be renewed while it starts.
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let configuration = try ConfigurationFile.read(path: home.configuration)
        let level = Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info
        let log = BrokerLog(sink, label: "concordat", level: level)
        defer { log.flush() }
        let broker = try await BrokerService.start(home, configuration, log: log)
        let lifecycle = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: ServedBroker(broker: broker, hangups: hangups))], gracefulShutdownSignals: [.sigterm, .sigint], logger: log.logger))
        do {
            try await lifecycle.run()
        } catch {
            throw .start(part: "service", reason: String(describing: error))
        }
    }

    /// Opens everything, reads the safety settings back, and listens. Nothing is served where a setting is not what it must be. Steps 6 and 7 of each exchange are
    /// done by `edge`.
    package static func start(
        _ home: BrokerHome, _ configuration: BrokerConfiguration, log: BrokerLog, clock: BrokerClock = .system, randomness: Randomness = .system,
        edge: EdgeRunner = .inProcess
    ) async throws(BrokerFault) -> BrokerService {
        let logger = log.logger
        let opened = try OpenHome(home, configuration, clock: clock, randomness: randomness)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
        do throws(BrokerFault) {
            let listeners = try Listeners(home, configuration, group: group)
            let settings = opened.settings + listeners.settings
            let enrolled = try await BrokerService.enrolled(opened)
            let sequencer = try opened.startLedger(settings: settings, clock: clock, randomness: randomness)
            do throws(BrokerFault) {
                try opened.removeUnnamedSources()
            } catch {
                await sequencer.stop()
                throw error
            }
            let core = BrokerCore(
                BrokerCore.Parts(
                    configuration: configuration, clock: clock, randomness: randomness, logger: logger, ledger: sequencer, readers: opened.readers,
                    keys: opened.keys, sources: opened.sources, edge: edge, enrolled: enrolled, settings: settings))
            for (dataset, words) in opened.sourceFaults() {
                logger.warning("a dataset cannot be read", metadata: ["dataset": "\(dataset)", "fault": "\(words)"])
            }
            await core.countCertificates()
            let broker = BrokerService(core, opened, listeners, group: group, log: log)
            try await broker.listen(home)
            logger.notice("serving", metadata: ["origin": "\(configuration.origin)", "settings": .array(settings.map { .string($0) })])
            return broker
        } catch {
            do { try await group.shutdownGracefully() } catch { logger.error("event loops", metadata: ["fault": "\(error)"]) }
            throw error
        }
    }

    private init(_ core: BrokerCore, _ opened: OpenHome, _ listeners: Listeners, group: MultiThreadedEventLoopGroup, log: BrokerLog) {
        self.core = core
        home = opened.home
        store = opened.store
        core.take(listeners.tls)
        readers = opened.readers
        self.group = group
        logger = core.logger
        let routes = LedgerRoutes(core: core)
        let metadata = MetadataRoutes(core: core).routes
        health = HealthService(services: ServiceTable.services)
        let methods = ServiceTable.methods(core) + health.methods + ServiceTable.reflection.methods
        let calls = CallMetrics(methods: methods.map(\.path))
        api = RPCServer(listeners.api(log, calls, core.enrolled), methods: methods, routes: routes.authenticated + metadata)
        open = RPCServer(listeners.open(log), methods: [], routes: routes.open + metadata)
        let pages = OperationsPages(core, opened.home, calls: calls, readers: opened.readers, api: api, open: open)
        operations = PlainListener(group: group) { await pages.answer($0) }
    }

    private static func enrolled(_ opened: OpenHome) async throws(BrokerFault) -> EnrolledCertificates {
        do throws(StorageFault) {
            return try await opened.readers[0].read { store throws(StorageFault) in try EnrolledCertificates(in: store) }
        } catch {
            throw .start(part: "register", reason: "\(error)")
        }
    }

    private func listen(_ home: BrokerHome) async throws(BrokerFault) {
        try await BrokerService.listen(api, "listen.api", home)
        try await BrokerService.listen(open, "listen.public", home)
        guard let address = core.configuration.operations else { return }
        do throws(PlainListener.ListenerError) {
            try await operations.start(host: address.host, port: address.port)
        } catch {
            let reason =
                switch error {
                case .notLoopback(let host): "cannot listen on \(host): others could reach it; give a loopback address"
                case .cannotBind(let address, let reason): "cannot listen on \(address): \(reason); free the address or give another"
                }
            throw .configuration(file: home.configuration, key: "listen.operations", reason: reason)
        }
    }

    private static func listen(_ server: RPCServer, _ key: String, _ home: BrokerHome) async throws(BrokerFault) {
        do throws(RPCServer.ServerError) {
            try await server.start()
        } catch {
            switch error {
            case .cannotBind(let address, let reason):
                throw .configuration(file: home.configuration, key: key, reason: "cannot listen on \(address): \(reason); free the address or give another")
            case .alreadyStarted, .tooManyConnections: throw .start(part: "listener", reason: "\(error)")
            }
        }
    }

    /// The ports bound; useful where the configuration leaves them to the system.
    package var ports: (api: Int, public: Int) { (api.port ?? 0, open.port ?? 0) }

    /// The port of the operations listener; nil where the configuration names none.
    package var operationsPort: Int? { operations.port }

    /// Reads the broker's certificate, key and client authorities again from the files that the configuration names, with every check of the start.
    /// New handshakes use them; open connections go on. Files that cannot be used change nothing: the log says why. True where they are in use now.
    @discardableResult
    package func reload() -> Bool {
        do throws(BrokerFault) {
            let fresh = try ListenerTLS(home, core.configuration)
            guard fresh.certificateEnd >= core.clock.now().seconds else {
                throw .configuration(file: home.configuration, key: "tls.certificate", reason: "has ended; give a current one")
            }
            api.replace(tls: fresh.api)
            open.replace(tls: fresh.open)
            core.take(fresh)
        } catch {
            logger.error("certificates not reloaded; the old ones stay in use", metadata: ["fault": "\(error)"])
            return false
        }
        logger.notice("certificates reloaded")
        core.tellOwnExpiry()
        return true
    }

    /// Stops listening, lets running calls end, writes the last entries, closes the store. Safe to call once.
    package func stop() async {
        core.isStopping.store(true, ordering: .relaxed)
        core.ledger.releaseFollowers()
        health.setAll(.notServing)
        await api.stop(within: .seconds(10))
        await open.stop(within: .seconds(2))
        await operations.stop()
        await untilStreamsHaveEnded()
        await core.record(core.denials.due(at: core.clock.now(), all: true), arrived: core.clock.now())
        let state = await core.ledger.stop()
        core.sources.close()
        for reader in readers { reader.close() }
        do throws(StorageFault) {
            try store.close()
        } catch {
            logger.error("store not closed", metadata: ["fault": "\(error)"])
        }
        do { try await group.shutdownGracefully() } catch { logger.error("event loops", metadata: ["fault": "\(error)"]) }
        logger.notice("stopped", metadata: ["ledger": "\(state)"])
    }
}

extension BrokerService {
    /// A stream whose connection has closed ends with the batch that it is at. Nothing may come back to an event loop that is no more.
    private func untilStreamsHaveEnded() async {
        let end = ContinuousClock.now + .seconds(2)
        while core.runningStreams.load(ordering: .relaxed) > 0, ContinuousClock.now < end {
            do { try await Task.sleep(for: .milliseconds(10)) } catch { return }
        }
    }
}

/// A broker under the signals of its process.
private struct ServedBroker: Service {
    let broker: BrokerService
    /// One that came during the start is answered afterwards.
    let hangups: UnixSignalsSequence

    /// Runs until the process is told to end, or the ledger fails: then nothing may be served, and a restart recovers from disk.
    func run() async throws {
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await broker.housekeeping() }
            tasks.addTask { for await _ in hangups { broker.reload() } }
            tasks.addTask {
                do { try await gracefulShutdown() } catch { broker.core.logger.debug("cancelled before a signal") }
            }
            await tasks.next()
            tasks.cancelAll()
        }
        await broker.stop()
        if case .failed(let fault) = broker.core.ledger.state { throw BrokerFault.start(part: "ledger", reason: fault.description) }
    }
}
