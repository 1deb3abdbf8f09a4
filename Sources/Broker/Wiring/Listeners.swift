import AuditTrail
import NIOPosix
import RPC
import Storage
import TLS

/// The two listeners, with their checked TLS.
struct Listeners: Sendable {
    let tls: ListenerTLS
    private let configuration: BrokerConfiguration
    private let group: MultiThreadedEventLoopGroup

    init(_ home: BrokerHome, _ configuration: BrokerConfiguration, group: MultiThreadedEventLoopGroup) throws(BrokerFault) {
        tls = try ListenerTLS(home, configuration)
        self.configuration = configuration
        self.group = group
    }

    /// What was read back, as name=value.
    var settings: [String] { tls.settings }

    /// - Parameter enrolled: the certificates of the register.
    func api(_ log: BrokerLog, _ calls: CallMetrics, _ enrolled: EnrolledCertificates) -> RPCServerConfiguration {
        var server = made(configuration.api, tls.api, log)
        server.isKnown = { enrolled.contains($0) }
        server.observer = { report in
            calls.count(report)
            log.call(report)
        }
        return server
    }

    func open(_ log: BrokerLog) -> RPCServerConfiguration {
        made(configuration.public, tls.open, log)
    }

    private func made(_ listener: BrokerConfiguration.Listener, _ tls: TLSServerContext, _ log: BrokerLog) -> RPCServerConfiguration {
        var server = RPCServerConfiguration(host: listener.host, port: listener.port, tls: tls, group: group)
        server.limits.maxMessageBytes = configuration.limits.requestBytes
        // No act of a call may take its place in the ledger later, so no call runs on for nothing.
        server.limits.maxCallNanoseconds = UInt64(EntryLimits.maxWaitSeconds) * 1_000_000_000
        server.observer = log.call
        server.connectionObserver = { report in
            log.logger.info("connection", metadata: ["address": "\(report.remoteAddress)", "reason": "\(report.reason)"])
        }
        return server
    }
}
