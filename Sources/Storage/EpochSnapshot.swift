import Cryptography
import Vocabulary

/// What an epoch counts changes of.
package enum EpochScope: Hashable, Sendable {
    case broker
    case organisation(OrganisationNumber)
    case client(PrincipalNumber)
    case agreement(AgreementID)
}

/// All epochs and the deny set at one moment. A value: a token is compared with the newest one on every request. A scope that was never
/// bumped counts as 0. Bounded by the registry (one number for each agreement, organisation and client) and by the revocations of ten minutes.
package struct EpochSnapshot: Hashable, Sendable {
    /// Counts every change of registry, catalogue or agreements, so that what was computed from them can be kept until it changes.
    package private(set) var generation: UInt64 = 0
    private var broker: UInt64 = 0
    private var organisations: [OrganisationNumber: UInt64] = [:]
    private var clients: [PrincipalNumber: UInt64] = [:]
    /// Every agreement whose epoch was ever bumped.
    package private(set) var agreements: [AgreementID: UInt64] = [:]
    /// Tokens that were revoked one by one, by the digest of their `jti`, with their expiry.
    private var denied: [Digest: Timestamp] = [:]

    package init(denied: [Digest: Timestamp] = [:]) {
        self.denied = denied
    }

    /// Tokens revoked one by one, by the digest of their `jti`, with their expiry.
    package var deniedTokens: [Digest: Timestamp] { denied }

    package func isDenied(_ token: Digest) -> Bool { denied[token] != nil }

    /// Drops denied tokens that have expired: they are refused for that.
    package mutating func forgetDenied(before now: Timestamp) {
        if denied.values.contains(where: { $0 <= now }) { denied = denied.filter { $0.value > now } }
    }

    /// The four epochs that a token for these is issued under and compared with.
    package func epochs(agreement: AgreementID, organisation: OrganisationNumber, client: PrincipalNumber) -> Epochs {
        Epochs(
            agreement: agreements[agreement] ?? 0, organisation: organisations[organisation] ?? 0, client: clients[client] ?? 0,
            broker: broker)
    }

    package func epoch(of scope: EpochScope) -> UInt64 {
        switch scope {
        case .broker: broker
        case .organisation(let number): organisations[number] ?? 0
        case .client(let number): clients[number] ?? 0
        case .agreement(let id): agreements[id] ?? 0
        }
    }

    /// - Precondition: an epoch never goes back.
    package mutating func set(_ scope: EpochScope, to value: UInt64) {
        precondition(value >= epoch(of: scope), "an epoch went back")
        switch scope {
        case .broker: broker = value
        case .organisation(let number): organisations[number] = value
        case .client(let number): clients[number] = value
        case .agreement(let id): agreements[id] = value
        }
    }

    package mutating func apply(_ changes: EpochChanges) {
        for (scope, value) in changes.bumped { set(scope, to: value) }
        for (token, expiry) in changes.denied { denied[token] = expiry }
        if changes.touched { generation += 1 }
    }
}

/// What one transaction, or one act inside it, did to epochs and to what is computed from the store.
package struct EpochChanges: Sendable {
    package var bumped: [(scope: EpochScope, value: UInt64)] = []
    package var denied: [(token: Digest, expiry: Timestamp)] = []
    /// Registry, catalogue, agreements, tokens or keys were changed.
    package var touched = false

    package init() {}
    package var isEmpty: Bool { bumped.isEmpty && denied.isEmpty && !touched }
}
