/// Bounds on what the store accepts. The defaults fit a broker of one department; tests use smaller ones to reach them.
package struct StorageLimits: Sendable {
    /// Largest blob of one row: canonical terms, a schema, an agreement's state. Bytes.
    package var maxBlobBytes = 4 << 20
    /// Longest free text: names, titles, remarks. Bytes of UTF-8.
    package var maxTextBytes = 8_192
    /// Most rows that one list answers.
    package var maxListRows = 10_000
    /// Longest request id of a client. Bytes.
    package var maxRequestIDBytes = 128
    /// Most reads that may wait for one reader thread.
    package var maxWaitingReads = 4_096

    package init() {}
}
