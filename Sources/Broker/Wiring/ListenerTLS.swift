import Cryptography
import Storage
import TLS

/// The TLS of the two listeners: certificate, key and client authorities read and checked, and every safety setting read back from the library
/// before anything is served. `init` makes one, too, so that no home is made that could not be served.
struct ListenerTLS: Sendable {
    /// What was read back, as name=value.
    let settings: [String]
    let api: TLSServerContext
    let open: TLSServerContext
    /// The last second of the broker's own certificate, since 1970 UTC.
    let certificateEnd: Int64
    /// Whom clients' certificates have to come from.
    let authorities: [X509Certificate]

    /// Relative paths start from the home.
    init(_ home: BrokerHome, _ configuration: BrokerConfiguration) throws(BrokerFault) {
        func resolve(_ path: String) -> String { path.hasPrefix("/") ? path : home.path + "/" + path }
        try ListenerTLS.requirePrivate(resolve(configuration.tls.key))
        let chain = PEMSource.file(resolve(configuration.tls.certificate))
        let key = PEMSource.file(resolve(configuration.tls.key))
        let authorities = resolve(configuration.tls.clientAuthorities)
        let roots = PEMSource.file(authorities)
        var found: [String] = []
        do throws(TLSError) {
            api = try TLSServerContext(
                TLSServerConfiguration(certificateChain: chain, privateKey: key, clientCertificates: .required(roots: roots)))
            open = try TLSServerContext(TLSServerConfiguration(certificateChain: chain, privateKey: key, clientCertificates: .none))
            found += ListenerTLS.described(try api.verifiedSettings(), "api")
            found += ListenerTLS.described(try open.verifiedSettings(), "public")
        } catch {
            throw .configuration(file: home.configuration, key: "tls", reason: "\(error)")
        }
        self.authorities = try ListenerTLS.authorities(authorities, home)
        certificateEnd = try ListenerTLS.own(resolve(configuration.tls.certificate), home).notAfter
        settings = found
    }

    /// Why the listeners would not let in who shows this certificate with these intermediates at `second`; nil where they would.
    static func fault(
        of certificate: X509Certificate, through intermediates: [X509Certificate], by authorities: [X509Certificate], at second: Int64
    ) throws(CryptographyFault) -> String? {
        let limits = TLSLimits()
        // RFC 8446 section 4.4.2: each certificate has five bytes around it, and the list eight with the message's header.
        let bytes = ([certificate] + intermediates).reduce(8) { $0 + $1.der.count + 5 }
        guard bytes <= limits.maxCertificateListBytes else { return "with its intermediates it is longer than \(limits.maxCertificateListBytes) bytes" }
        return try certificate.faultAsClient(of: authorities, through: intermediates, depth: limits.maxVerifyDepth, at: second)
    }

    /// OpenSSL trusts a certificate that signs itself, whatever its constraints say, and finds no use for any other that is no authority's.
    private static func authorities(_ path: String, _ home: BrokerHome) throws(BrokerFault) -> [X509Certificate] {
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
        return chain
    }

    /// The first certificate of a file that TLS has accepted, as one that clients can accept from a server: OpenSSL takes any for its own.
    private static func own(_ path: String, _ home: BrokerHome) throws(BrokerFault) -> X509Certificate {
        func fault(_ reason: String) -> BrokerFault { .configuration(file: home.configuration, key: "tls.certificate", reason: reason) }
        let chain: [X509Certificate]
        do throws(StorageFault) {
            let text = String(decoding: try OpenFile.read(path)?.contents(limit: maxAuthorityBytes) ?? [], as: UTF8.self)
            do throws(CryptographyFault) {
                chain = try X509Certificate.chain(pem: text)
            } catch {
                throw StorageFault.file("\(path) cannot be used: \(error)")
            }
        } catch {
            throw fault("\(error)")
        }
        guard let own = chain.first else { throw fault("\(path) holds no block CERTIFICATE") }
        guard own.isForServers else {
            throw fault("\(path) is not a server's: its extended key usage does not say serverAuth, and clients refuse it; give the broker's own certificate")
        }
        guard own.namesHost else {
            throw fault("\(path) names no host: clients look for a DNS name or an IP address in subjectAltName; have one issued with the names partners use")
        }
        return own
    }

    /// What TLS, which has read the file before, takes at most.
    private static let maxAuthorityBytes = 1_048_576

    private static func requirePrivate(_ path: String) throws(BrokerFault) {
        do throws(StorageFault) {
            guard let file = try OpenFile.read(path) else { throw .file("\(path) is missing; give the file with the private key of the broker's certificate") }
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
}

extension BrokerCore {
    /// What the services have to know of the listeners' certificates.
    func take(_ tls: ListenerTLS) {
        certificateEnd.store(tls.certificateEnd, ordering: .relaxed)
        clientAuthorities.withLock { $0 = tls.authorities }
    }
}
