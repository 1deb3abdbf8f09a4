/// Bounds on what one caller can make the broker hold or do.
package struct BrokerLimits: Hashable, Sendable {
    /// Records in one answer of `Query`, whatever the terms allow.
    package var rowsPerAnswer = 1_000
    /// Records in one answer where the request does not say.
    package var rowsPerAnswerByDefault = 100
    /// Bytes of the records in one batch of `Stream`, which holds at most `rowsPerAnswer` of them; a longer record is a batch by itself.
    package var batchBytes = 256 << 10
    /// Bytes of openings in one answer; records have `SourceLimits.maxPageBytes`, and ordinary clients take 4 MiB for both.
    package var openingBytes = 1_600_000
    /// Bytes of one request message. An import batch is at most 1 MiB of rows; the rest is for their frame.
    package var requestBytes = 1_114_112
    /// Conditions of one filter.
    package var filterConditions = 8
    /// Bytes of a key, a filter value, a case reference or a request id.
    package var shortTextBytes = 128
    /// Bytes of a reason or a comment.
    package var longTextBytes = 2_000
    /// Nodes of one document and levels of nesting.
    package var documentNodes = 10_000
    package var documentDepth = 32
    /// Seconds for which a request id is remembered.
    package var requestIDSeconds: Int64 = 600
    /// Repetitions of earlier requests that one client may have answered at once, and each second after that. They are read afresh and cost no
    /// quota.
    package var repetitionBurst = 1_000
    package var repetitionsPerSecond = 20
    /// Clients whose rate is remembered; beyond them all begin again.
    package var repeatingClients = 4_096
    /// Days that what opens an exchange's commitments is kept.
    package var openingRetentionDays: Int64 = 2_556
    /// Seconds that a page token is good for.
    package var pageTokenSeconds: Int64 = 900
    /// Watches (`WatchAgreements`, `StreamRevocations`, `FollowLedger`) of one principal, and of all.
    package var watchesPerPrincipal = 16
    package var watches = 4_096
    /// Milliseconds between two messages of one watch, at least; at most twice as many while there is something to tell.
    package var watchPauseMilliseconds = 100
    /// Agreements that are held in memory at a time where all are looked at, and those of one answer of `ListAgreements`.
    package var agreementsAtOnce = 256
    package var listedAgreements = 10_000
    /// What the register holds, retired ones included, because nothing in it is ever deleted: below what one list of the store may be.
    package var organisations = 5_000
    package var principalsPerOrganisation = 5_000
    package var certificatesPerPrincipal = 1_000
    package var delegationsPerPrincipal = 1_000
    /// Compiled programs and field numberings kept for agreements in use.
    package var cachedPrograms = 4_096

    package init() {}

    /// Records in one answer where the request does not say how many.
    func defaultRows(within rowsPerCall: UInt64) -> Int {
        min(rowsPerAnswerByDefault, rowsPerAnswer, Int(clamping: rowsPerCall))
    }
}
