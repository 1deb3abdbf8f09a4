import AuditTrail
import Cryptography
import NIOPosix
import RPC
import Storage
import TLS

/// The two listeners' TLS, with every safety setting read back from the library before anything is served.
struct Listeners: Sendable {
    /// What was read back, as name=value.
    let settings: [String]
    private let apiTLS: TLSServerContext
    private let openTLS: TLSServerContext
    private let configuration: BrokerConfiguration
    private let group: MultiThreadedEventLoopGroup

    init(_ home: BrokerHome, _ configuration: BrokerConfiguration, group: MultiThreadedEventLoopGroup) throws(BrokerFault) {
        self.configuration = configuration
        self.group = group
        func resolve(_ path: String) -> String { path.hasPrefix("/") ? path : home.path + "/" + path }
        try Listeners.requirePrivate(resolve(configuration.tls.key))
        let chain = PEMSource.file(resolve(configuration.tls.certificate))
        let key = PEMSource.file(resolve(configuration.tls.key))
        let authorities = resolve(configuration.tls.clientAuthorities)
        let roots = PEMSource.file(authorities)
        var found: [String] = []
        do throws(TLSError) {
            apiTLS = try TLSServerContext(
                TLSServerConfiguration(certificateChain: chain, privateKey: key, clientCertificates: .required(roots: roots)))
            openTLS = try TLSServerContext(TLSServerConfiguration(certificateChain: chain, privateKey: key, clientCertificates: .none))
            found += Listeners.described(try apiTLS.verifiedSettings(), "api")
            found += Listeners.described(try openTLS.verifiedSettings(), "public")
        } catch {
            throw .configuration(file: home.configuration, key: "tls", reason: "\(error)")
        }
        try Listeners.requireAuthorities(authorities, home)
        settings = found
    }

    /// OpenSSL trusts a certificate that signs itself, whatever its constraints say, and finds no use for any other that is no authority's.
    private static func requireAuthorities(_ path: String, _ home: BrokerHome) throws(BrokerFault) {
        func fault(_ reason: String) -> BrokerFault { .configuration(file: home.configuration, key: "tls.client-authorities", reason: reason) }
        let chain: [X509Certificate]
        do throws(StorageFault) {
            let text = String(decoding: try OpenFile.read(path)?.contents(limit: maxAuthorityBytes) ?? [], as: UTF8.self)
            do throws(CryptographyFault) {
                chain = try X509Certificate.chain(pem: text)
                // OpenSSL reads these, too.
                for label in ["TRUSTED CERTIFICATE", "X509 CERTIFICATE"] where try !PEM.decodeAll(text, label: label).isEmpty {
                    throw CryptographyFault.malformed(what: "PEM block \(label)", reason: "give plain blocks CERTIFICATE")
                }
            } catch {
                throw StorageFault.file("\(path) cannot be used: \(error)")
            }
        } catch {
            throw fault("\(error)")
        }
        guard !chain.isEmpty else { throw fault("\(path) holds no block CERTIFICATE; give the authorities that issue clients' certificates, as PEM") }
        if let stray = chain.firstIndex(where: { !$0.isAuthority }) {
            throw fault(
                "certificate \(stray + 1) of \(path) is not an authority's (no CA in its basic constraints); "
                    + "give only certificates of the authorities that issue clients' certificates")
        }
    }

    /// What TLS, which has read the file before, takes at most.
    private static let maxAuthorityBytes = 1_048_576

    private static func requirePrivate(_ path: String) throws(BrokerFault) {
        do throws(StorageFault) {
            guard let file = try OpenFile.read(path) else { throw .file("\(path) is missing; give the key of the certificate in concordat.yaml") }
            try file.requirePrivate()
        } catch {
            throw .key(path: path, reason: error.description)
        }
    }

    private static func described(_ settings: TLSSettings, _ listener: String) -> [String] {
        [
            "tls.\(listener).minimum_version=\(settings.minimumVersion)", "tls.\(listener).tickets=\(settings.ticketsPerHandshake)",
            "tls.\(listener).early_data=\(settings.maxEarlyDataBytes)", "tls.\(listener).options=\(settings.optionsAreSet)",
            "tls.\(listener).client_certificate=\(settings.peerMustShowCertificate)",
        ]
    }

    func api(_ log: BrokerLog) -> RPCServerConfiguration {
        made(configuration.api, apiTLS, log)
    }

    func open(_ log: BrokerLog) -> RPCServerConfiguration {
        made(configuration.public, openTLS, log)
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
