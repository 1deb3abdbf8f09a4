import Authorization
import Storage
import Tokens
import Vocabulary

/// What an exchange rests on, asked once more at the last moment before its records leave.
extension Exchange {
    /// Token, agreement and certificate as they are now: unchanged, or nothing is released.
    /// - Parameter place: who asks, for the reason of the refusal.
    func staleness(in epochs: EpochSnapshot, at now: Timestamp, place: Place) -> CallFault? {
        let current = epochs.epochs(
            agreement: form.agreement, organisation: call.caller.organisation.number, client: call.caller.principal.number)
        guard current == token.signed.claims.epochs else { return .unauthenticated(reason: place.rawValue) }
        guard !epochs.isDenied(token.signed.tokenDigest) else { return .unauthenticated(reason: "token_revoked") }
        guard now < call.caller.certificate.notAfter else { return .denied(reason: DenialReason.certificateExpired.rawValue, paths: []) }
        guard governed.state.isInForce(at: now) else { return .denied(reason: DenialReason.expired.rawValue, paths: []) }
        // The entry would say that the call came before the agreement was in force. The clock was set back, further than a token's `iat` may lie ahead.
        guard governed.state.activatedAt.map({ $0 <= call.arrived.advanced(seconds: TokenLimits.defaultTolerance) }) ?? true else {
            return .denied(reason: DenialReason.notYetStarted.rawValue, paths: [])
        }
        return nil
    }

    enum Place: String {
        case writer = "token_stale_at_writer"
        case waiting = "token_stale_while_waiting"
        case repetition = "token_stale_at_repetition"
    }

    /// What no epoch of the token counts, where anything was changed since the dataset was looked up: the provider, and the dataset's owner
    /// and schema. A newer revision is no obstacle; the entry names the one that was read.
    func change(since generation: UInt64, in store: any StorageReading) throws(StorageFault) -> CallFault? {
        guard generation != self.generation else { return nil }
        guard let provider = try store.organisation(governed.provider.number), provider.status == .active else {
            return .denied(reason: DenialReason.providerRetired.rawValue, paths: [])
        }
        guard let dataset = try store.dataset(form.dataset) else { return .denied(reason: DenialReason.datasetGone.rawValue, paths: []) }
        guard dataset.owner == governed.dataset.owner else {
            return .denied(reason: DenialReason.datasetNotTheProviders.rawValue, paths: [])
        }
        guard dataset.schemaDigest == governed.dataset.schemaDigest else {
            return .denied(reason: DenialReason.schemaChanged.rawValue, paths: [])
        }
        return nil
    }
}
