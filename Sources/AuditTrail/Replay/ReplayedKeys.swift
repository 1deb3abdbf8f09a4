import Cryptography
import TransparencyLog
import Vocabulary

/// The broker's own keys, as the ledger alone says they are.
struct ReplayedKeys: Sendable {
    private(set) var brokerEpoch: UInt64 = 0
    private var ledgerKey: Ed25519PublicKey?
    /// What became of each token key last, and when.
    private var tokenKeys: [String: (act: KeyEntry.Act, at: Timestamp)] = [:]

    /// The token keys that may have signed a token for a call that arrived then: those in use, and those that were in use until after it.
    func signers(since arrived: Timestamp) -> [String] {
        let earliest = arrived.advanced(seconds: -ReplayLimits.maxClockStepBack)
        return tokenKeys.filter { $0.value.act == .active || $0.value.act == .retiring && $0.value.at >= earliest }.keys.sorted()
    }

    /// Whether there is a token key with which new tokens are signed.
    var isTokenKeyActive: Bool { tokenKeys.values.contains { $0.act == .active } }

    /// When the last of these token keys went; nil while one of them is there.
    func gone(_ signers: [String]) -> Timestamp? {
        var last: Timestamp?
        for signer in signers {
            guard let key = tokenKeys[signer], key.act == .gone || key.act == .removed else { return nil }
            last = max(last ?? key.at, key.at)
        }
        return last
    }

    /// The first ledger key stands by itself; each later one is named by the key before it.
    mutating func apply(_ entry: KeyEntry, at moment: Timestamp, registry: ReplayedRegistry, origin: String) throws(Breach) {
        try require(entry.brokerEpoch >= brokerEpoch, .epochs, "the broker's counter goes back from \(brokerEpoch) to \(entry.brokerEpoch)")
        try require(
            entry.act != .removed || entry.brokerEpoch > brokerEpoch, .epochs, "a key is removed and the broker's counter stays")
        brokerEpoch = entry.brokerEpoch
        try requireRight(entry, registry)
        switch entry.use {
        case .ledger: try applyLedgerKey(entry, origin: origin)
        case .token: try applyTokenKey(entry, at: moment)
        }
    }

    private func requireRight(_ entry: KeyEntry, _ registry: ReplayedRegistry) throws(Breach) {
        // The broker announces its own token keys; nobody else can make them.
        if entry.actor.value == 0 { return }
        guard let actor = registry.active(entry.actor), actor.record.kind == .administrator,
            registry.organisations[actor.record.organisation]?.isOperator ?? false
        else { throw Breach(.registryRight, "principal \(entry.actor) is not an administrator of the operator") }
    }

    private mutating func applyLedgerKey(_ entry: KeyEntry, origin: String) throws(Breach) {
        try require(entry.origin == origin, .key, "the key is for the log \(entry.origin), not for this one")
        let named: VerifierKey
        do throws(TransparencyFault) {
            named = try VerifierKey(vkey: entry.keyID)
        } catch { throw Breach(.key, "the verifier key cannot be read") }
        try require(named.publicKey.bytes == entry.publicKey, .key, "the verifier key's text holds another key")
        if let before = ledgerKey {
            try require(before.isValid(entry.signature, for: entry.signedBytes), .key, "the key before it did not sign it")
        } else {
            try require(entry.signature.isEmpty && entry.act == .active, .key, "the first ledger key is active from the start and signed by none")
        }
        if entry.act == .active { ledgerKey = named.publicKey }
    }

    private mutating func applyTokenKey(_ entry: KeyEntry, at moment: Timestamp) throws(Breach) {
        let key: ES256PublicKey
        do throws(CryptographyFault) {
            key = try ES256PublicKey(spkiDER: entry.publicKey)
        } catch { throw Breach(.key, "the token key cannot be read") }
        try require(key.keyID == entry.keyID, .key, "the key's name is not its thumbprint")
        try require(entry.origin.isEmpty, .key, "a token key names no log")
        try require(
            ReplayedKeys.mayFollow(entry.act, tokenKeys[entry.keyID]?.act), .key,
            "the token key takes a step that does not follow; a key is announced, in use, retiring and gone, in that order, and never comes back")
        tokenKeys[entry.keyID] = (entry.act, moment)
    }

    /// A key may be in use at once, as the first one is; one that was never used needs no retiring; an emergency can come at any time.
    private static func mayFollow(_ act: KeyEntry.Act, _ before: KeyEntry.Act?) -> Bool {
        switch act {
        case .announced: before == nil
        case .active: before == nil || before == .announced
        case .retiring: before == .active
        case .gone: before == .announced || before == .retiring
        case .removed: before == .announced || before == .active || before == .retiring
        }
    }
}
