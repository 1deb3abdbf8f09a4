/// Bounds on tokens and on what clients ask for. Bytes unless said otherwise.
package enum TokenLimits {
    /// The whole token.
    package static let maxTokenBytes = 8_192
    /// 64 bytes of signature in base64url.
    package static let signatureCharacters = 86
    /// 32 bytes of key thumbprint in base64url.
    package static let keyIDCharacters = 43
    package static let maxScopeBytes = 1_024
    package static let maxScopeTerms = 32
    /// The `authorization_details` of a request.
    package static let maxDetailsBytes = 8_192
    package static let maxJSONDepth = 16
    /// Values in one JSON text, members and elements together.
    package static let maxJSONValues = 2_048
    package static let maxFields = 512
    package static let maxNetworks = 16
    package static let maxKeys = 16
    /// Verified signatures that are remembered.
    package static let cachedSignatures = 8_192

    /// Seconds.
    package static let defaultLifetime: Int64 = 300
    /// Seconds; no token lives longer, whoever asks.
    package static let maxLifetime: Int64 = 600
    /// Seconds by which `iat` and `nbf` may lie ahead of our clock.
    package static let defaultTolerance: Int64 = 10
    /// Seconds; a verifier cannot be told to accept more.
    package static let maxTolerance: Int64 = 60
}
