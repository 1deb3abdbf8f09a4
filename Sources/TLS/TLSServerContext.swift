/// A server's keys, trust and settings, made once and shared by all connections and loops.
package final class TLSServerContext: Sendable {
    let handle: ContextHandle
    package let configuration: TLSServerConfiguration

    /// Loads and checks everything; a context that exists has had its settings read back.
    package init(_ configuration: TLSServerConfiguration) throws(TLSError) {
        self.configuration = configuration
        handle = try ContextHandle(
            server: true, versions: configuration.versions, applicationProtocols: configuration.applicationProtocols, limits: configuration.limits)
        try handle.install(chain: configuration.certificateChain, key: configuration.privateKey)
        if case .required(let roots) = configuration.clientCertificates {
            try handle.trust(roots, announce: true)
            try handle.verifyPeers(asClients: true)
        }
        _ = try verifiedSettings()
    }

    /// Reads the safety settings back from OpenSSL; throws `settingNotInForce` where one differs from the configuration.
    package func verifiedSettings() throws(TLSError) -> TLSSettings {
        let demands = switch configuration.clientCertificates {
        case .none: false
        case .required: true
        }
        return try handle.verifiedSettings(configuration.versions, configuration.limits, verifies: demands, demands: demands)
    }
}
