/// Bounds on what one caller can make the broker hold or do.
package struct BrokerLimits: Hashable, Sendable {
    /// Records in one answer of `Query`, whatever the terms allow.
    package var rowsPerAnswer = 1_000
    /// Records in one answer where the request does not say.
    package var rowsPerAnswerByDefault = 100
    /// Bytes of records in one answer.
    package var answerBytes = 3_000_000
    /// Bytes of one request message. An import batch is at most 1 MiB of rows; the rest is for their frame.
    package var requestBytes = 1_114_112
    /// Bytes of rows in one import batch.
    package var importBatchBytes = 1_048_576
    /// Imports open at once.
    package var openImports = 8
    /// Seconds after which an import without a new batch is dropped.
    package var importIdleSeconds: Int64 = 3_600
    /// Conditions of one filter.
    package var filterConditions = 8
    /// Bytes of a key, a filter value, a case reference or a request id.
    package var shortTextBytes = 128
    /// Bytes of a reason or a comment.
    package var longTextBytes = 2_000
    /// Nodes of one document and levels of nesting.
    package var documentNodes = 10_000
    package var documentDepth = 32
    /// Request ids remembered for one client, and for how long.
    package var requestIDsPerClient = 10_000
    package var requestIDSeconds: Int64 = 600
    /// Seconds that a page token is good for.
    package var pageTokenSeconds: Int64 = 900
    /// Seconds that a prepared statement may wait for its signature.
    package var statementSeconds: Int64 = 600
    /// Compiled programs and field numberings kept for agreements in use.
    package var cachedPrograms = 4_096
    /// DENIAL entries for one principal within a second; the rest are counted.
    package var denialsPerSecond = 1

    package init() {}
}
