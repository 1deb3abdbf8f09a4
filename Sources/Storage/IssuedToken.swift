import Cryptography
import Vocabulary

/// What is kept of a token: enough to revoke and count it, never the token.
package struct IssuedToken: Hashable, Sendable {
    /// SHA-256 of the `jti`.
    package var digest: Digest
    package var client: PrincipalNumber
    package var agreement: AgreementID
    package var expiry: Timestamp
    /// The TOKEN entry that issued it.
    package var entry: LedgerIndex

    package init(digest: Digest, client: PrincipalNumber, agreement: AgreementID, expiry: Timestamp, entry: LedgerIndex) {
        self.digest = digest
        self.client = client
        self.agreement = agreement
        self.expiry = expiry
        self.entry = entry
    }
}

/// The public side of a signing key and where it is in its life (tokens.md, key rotation).
package struct SigningKeyRecord: Hashable, Sendable {
    package enum Use: UInt8, Hashable, Sendable {
        case ledger = 1
        case token = 2
    }
    /// The numbers are the ledger's (`Key.Act`).
    package enum Phase: UInt8, Hashable, Sendable {
        case announced = 1
        case active = 2
        case retiring = 3
        case gone = 4
        case removed = 5
    }

    /// The verifier key text of a ledger key, the `kid` of a token key.
    package var id: String
    package var use: Use
    package var phase: Phase
    package var publicKey: [UInt8]
    package var changedAt: Timestamp
    package var entry: LedgerIndex

    package init(id: String, use: Use, phase: Phase, publicKey: [UInt8], changedAt: Timestamp, entry: LedgerIndex) {
        self.id = id
        self.use = use
        self.phase = phase
        self.publicKey = publicKey
        self.changedAt = changedAt
        self.entry = entry
    }
}
