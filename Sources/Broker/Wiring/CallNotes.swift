import Synchronization
import Vocabulary

/// What a call turned out to be about, for the DENIAL entry where it is refused.
package final class CallNotes: Sendable {
    private struct Notes {
        var agreement: AgreementID?
        var agreementEntry: LedgerIndex?
        var lastRelease: LastRelease?
    }

    /// The last batch of a stream that was recorded.
    struct LastRelease: Hashable, Sendable {
        let exchange: ExchangeID
        let entry: LedgerIndex
    }

    private let notes = Mutex(Notes())

    /// Called once the caller is known to be a party.
    func concerns(_ agreement: AgreementID, inForceSince entry: LedgerIndex?) {
        notes.withLock { notes in
            notes.agreement = agreement
            notes.agreementEntry = entry
        }
    }

    /// Called for each batch of a stream.
    func released(_ exchange: ExchangeID, entry: LedgerIndex) {
        notes.withLock { $0.lastRelease = LastRelease(exchange: exchange, entry: entry) }
    }

    var lastRelease: LastRelease? { notes.withLock { $0.lastRelease } }

    var agreement: AgreementID? { notes.withLock { $0.agreement } }
    var agreementEntry: LedgerIndex? { notes.withLock { $0.agreementEntry } }
}
