/// A client's trust and, where it has one, its own certificate. Shared by all its connections.
package final class TLSClientContext: Sendable {
    let handle: ContextHandle
    package let configuration: TLSClientConfiguration

    package init(_ configuration: TLSClientConfiguration) throws(TLSError) {
        self.configuration = configuration
        handle = try ContextHandle(
            server: false, versions: configuration.versions, applicationProtocols: configuration.applicationProtocols, limits: configuration.limits)
        try handle.trust(configuration.roots, announce: false)
        try handle.verifyPeers(asClients: false)
        if let identity = configuration.identity {
            try handle.install(chain: identity.certificateChain, key: identity.privateKey)
        }
        _ = try verifiedSettings()
    }

    /// Reads the safety settings back from OpenSSL; throws `settingNotInForce` where one differs from the configuration.
    package func verifiedSettings() throws(TLSError) -> TLSSettings {
        try handle.verifiedSettings(configuration.versions, configuration.limits, verifies: true, demands: false)
    }
}
