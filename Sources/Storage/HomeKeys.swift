import Cryptography

/// The secrets of a home, each in a file of its own under `keys/`, readable by its owner alone.
package struct HomeKeys: Sendable {
    package enum Secret: String, CaseIterable, Sendable {
        /// Seed of the log's Ed25519 key, 32 bytes.
        case ledger = "ledger.key"
        /// The tokens' ES256 key, PKCS#8 PEM.
        case token = "token.key"
        /// Wraps salt keys and subject keys, 64 bytes for AES-256-SIV.
        case openings = "openings"
        /// The root of pseudonyms, 32 bytes.
        case transformRoot = "transform-root"

        /// Exact length, or nil for a text.
        var byteCount: Int? {
            switch self {
            case .ledger, .transformRoot: 32
            case .openings: 64
            case .token: nil
            }
        }
    }

    /// Longest file that is read.
    static let maxBytes = 16_384

    private let home: BrokerHome

    package init(_ home: BrokerHome) {
        self.home = home
    }

    package func path(of secret: Secret) -> String {
        home.keys + "/" + secret.rawValue
    }

    /// Writes a secret to a file that did not exist, and returns when file and folder are on stable storage.
    /// - Precondition: a secret of fixed length has that length.
    package func create(_ secret: Secret, _ value: SecretBytes) throws(StorageFault) {
        precondition(secret.byteCount == nil || secret.byteCount == value.count, "\(secret.rawValue) has a fixed length")
        let file = try OpenFile.create(path(of: secret))
        var bytes = value.exposed()
        defer { wipe(&bytes) }
        try file.write(bytes)
        try file.sync()
        try OpenFile.folder(home.keys).sync()
    }

    /// Reads a secret. Refuses a file that others can read, and one of a wrong length.
    package func load(_ secret: Secret) throws(StorageFault) -> SecretBytes {
        let path = path(of: secret)
        guard let file = try OpenFile.read(path) else { throw .file("\(path) is missing; put it back from your copy of keys/, which no backup has") }
        try file.requirePrivate()
        var bytes = try file.contents(limit: HomeKeys.maxBytes)
        defer { wipe(&bytes) }
        guard secret.byteCount == nil || secret.byteCount == bytes.count else {
            throw .file("\(path) must be \(secret.byteCount ?? 0) bytes long; put it back from your copy of keys/, which no backup has")
        }
        return SecretBytes(bytes)
    }

    /// Draws and writes the secrets that are plain random bytes: the ledger's seed, `openings` and `transform-root`.
    package func createRandom(from randomness: Randomness) throws(StorageFault) {
        for secret in Secret.allCases {
            if let count = secret.byteCount { try create(secret, SecretBytes(count: count, from: randomness)) }
        }
    }
}
