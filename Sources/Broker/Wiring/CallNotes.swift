import Synchronization
import Vocabulary

/// What a call turned out to be about, for the DENIAL entry where it is refused.
package final class CallNotes: Sendable {
    private struct Notes {
        var agreement: AgreementID?
        var agreementEntry: LedgerIndex?
    }

    private let notes = Mutex(Notes())

    /// Called once the caller is known to be a party.
    func concerns(_ agreement: AgreementID, inForceSince entry: LedgerIndex?) {
        notes.withLock { $0 = Notes(agreement: agreement, agreementEntry: entry) }
    }

    var agreement: AgreementID? { notes.withLock { $0.agreement } }
    var agreementEntry: LedgerIndex? { notes.withLock { $0.agreementEntry } }
}
