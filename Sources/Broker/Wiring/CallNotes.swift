import Synchronization
import Vocabulary

/// What a call turned out to be about, for the DENIAL entry where it is refused.
package final class CallNotes: Sendable {
    private struct Notes {
        var agreement: AgreementID?
        var agreementEntry: LedgerIndex?
        var lastRelease: LastRelease?
        var hasBegun = false
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
        notes.withLock { notes in
            notes.lastRelease = LastRelease(exchange: exchange, entry: entry)
            notes.hasBegun = true
        }
    }

    /// Called where answers begin that may take long: what ends the call then is of its own moment, and not of the call's arrival.
    func begin() { notes.withLock { $0.hasBegun = true } }

    var hasBegun: Bool { notes.withLock { $0.hasBegun } }

    var lastRelease: LastRelease? { notes.withLock { $0.lastRelease } }

    var agreement: AgreementID? { notes.withLock { $0.agreement } }
    var agreementEntry: LedgerIndex? { notes.withLock { $0.agreementEntry } }
}
