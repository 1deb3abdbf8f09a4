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
        try ListenerTLS.requireAuthorities(authorities, home)
        certificateEnd = try ListenerTLS.end(of: resolve(configuration.tls.certificate), home)
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

    /// The last second of the first certificate of a file that TLS has accepted.
    private static func end(of path: String, _ home: BrokerHome) throws(BrokerFault) -> Int64 {
        let reason: String
        do throws(StorageFault) {
            let text = String(decoding: try OpenFile.read(path)?.contents(limit: maxAuthorityBytes) ?? [], as: UTF8.self)
            do throws(CryptographyFault) {
                if let own = try X509Certificate.chain(pem: text).first { return own.notAfter }
                reason = "\(path) holds no block CERTIFICATE"
            } catch {
                reason = "\(path) cannot be used: \(error)"
            }
        } catch {
            reason = "\(error)"
        }
        throw .configuration(file: home.configuration, key: "tls.certificate", reason: reason)
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
