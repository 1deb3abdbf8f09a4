/// What an operator may choose, as `concordat.yaml` of the home says it. Every value is checked when the file is read.
package struct BrokerConfiguration: Hashable, Sendable {
    /// An address to listen on.
    package struct Listener: Hashable, Sendable {
        package var host: String
        /// 0 lets the system choose; useful in tests only.
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// Files for TLS, relative to the home unless absolute.
    package struct TLSFiles: Hashable, Sendable {
        /// The broker's certificate and the intermediates up to, and without, its root, as PEM.
        package var certificate: String
        /// The private key of the first certificate, as PEM with mode 0600.
        package var key: String
        /// The authorities that issue clients' certificates, as PEM.
        package var clientAuthorities: String

        package init(certificate: String, key: String, clientAuthorities: String) {
            self.certificate = certificate
            self.key = key
            self.clientAuthorities = clientAuthorities
        }
    }

    /// Name of the ledger, such as `broker.example/ledger`; chosen once, at `init`.
    package var origin: String
    /// `iss` of the tokens, such as `https://broker.example`; their `aud` is this with `/exchange`.
    package var issuer: String
    /// Slug of the organisation that runs the broker.
    package var `operator`: String
    package var api: Listener
    package var `public`: Listener
    /// Health and metrics, for this machine alone; nil where nobody asks for them.
    package var operations: Listener?
    package var tls: TLSFiles
    /// Seconds that a token lives unless its client asks for less, 1 to 600.
    package var tokenLifetime: Int
    /// The least severe message that is logged.
    package var logLevel: LogLevel
    package var limits: BrokerLimits

    package enum LogLevel: String, CaseIterable, Sendable {
        case debug, info, notice, warning, error
    }

    /// What `init` writes.
    package init(origin: String, issuer: String, operator: String, api: Listener, public: Listener, tls: TLSFiles) {
        self.origin = origin
        self.issuer = issuer
        self.operator = `operator`
        self.api = api
        self.public = `public`
        self.tls = tls
        tokenLifetime = 300
        logLevel = .info
        limits = BrokerLimits()
    }

    package var audience: String { issuer + "/exchange" }
}
