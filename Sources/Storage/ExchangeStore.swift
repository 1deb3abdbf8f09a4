import Cryptography
import Vocabulary

/// What an exchange leaves in the store beside its ledger entry.
package protocol ExchangeReading {
    /// What has been used of a meter.
    func used(_ meter: QuotaMeter) throws(StorageFault) -> QuotaAmount
    /// The request with that id of that client; nil once it is forgotten.
    func request(_ id: [UInt8], of client: PrincipalNumber, at now: Timestamp) throws(StorageFault) -> RememberedRequest?
    func opening(_ entry: LedgerIndex) throws(StorageFault) -> StoredOpening?
    /// The entry of one part of one exchange.
    func entry(of exchange: ExchangeID, part: UInt32) throws(StorageFault) -> LedgerIndex?
    func subject(_ finder: Digest) throws(StorageFault) -> SubjectHandle?
}

package protocol ExchangeStore: ExchangeReading {
    /// Adds `amount` to the meter where the sum stays within `limits`, or changes nothing. Exact: all charges are made by one writer in turn.
    func charge(_ amount: QuotaAmount, to meter: QuotaMeter, within limits: QuotaAmount) throws(StorageFault) -> QuotaVerdict
    /// Remembers a request id, in place of one of that client that is forgotten by `now`. `.conflict` where it is still remembered.
    func remember(_ request: RememberedRequest, at now: Timestamp) throws(StorageFault)
    func keep(_ opening: StoredOpening) throws(StorageFault)
    /// Takes (exchange, part) for that entry. `.conflict` where it is taken.
    func record(_ exchange: ExchangeID, part: UInt32, at entry: LedgerIndex) throws(StorageFault)
    /// Adds a person's key with counter 0. `.conflict` where the finder is known.
    func add(_ subject: SubjectHandle) throws(StorageFault)
    /// Raises the person's counter by one and answers the new value: the number of the tag of the entry in this transaction. The handle is the
    /// one that was read or added in this transaction; `.conflict` where the counter is another, or the finder is unknown.
    func advance(_ subject: SubjectHandle) throws(StorageFault) -> UInt64
    /// Destroys a person's key. False where the finder is unknown.
    func eraseSubject(_ finder: Digest) throws(StorageFault) -> Bool
    /// Destroys the salt key of an entry. False where there is none.
    func eraseOpening(_ entry: LedgerIndex) throws(StorageFault) -> Bool
    /// Drops what may be forgotten: expired request ids, deny-set rows, token meters and openings whose retention has ended. At most `limit`
    /// rows of each kind, so that a long pause does not stall the sequencer. Answers how many rows went.
    func forget(before now: Timestamp, limit: Int) throws(StorageFault) -> Int
}
