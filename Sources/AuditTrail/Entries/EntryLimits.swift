/// Bounds on entries; sizes are in bytes of canonical encoding.
package enum EntryLimits {
    /// C2SP tlog-tiles prefixes an entry with a 16-bit length.
    package static let maxBytes = 65_535
    /// An exchange happens on every call, so it stays small.
    package static let maxExchangeBytes = 1_024
    /// Codes: purposes, roles, reasons, names of transitions and states.
    package static let maxCodeBytes = 64
    /// Names of versions, keys and log origins.
    package static let maxNameBytes = 256
    /// Canonical terms, schemas and statements inside an entry.
    package static let maxDocumentBytes = 60_000

    /// Seconds between an act's arrival and its place in the log. What counts at its arrival, such as a token's expiry, counts no longer than
    /// that: the broker ends calls after this time, and its writer takes no act that is older.
    package static let maxWaitSeconds: Int64 = 120

    /// Seconds after its expiry for which a token may still be in use: a stream that began in time runs as long as its terms say, a day at most
    /// (`limits.stream_seconds`), and its last batch waits as any act.
    package static let maxUseAfterExpirySeconds: Int64 = 86_400 + maxWaitSeconds

    package static func maxBytes(of kind: EntryKind) -> Int {
        kind == .exchange ? maxExchangeBytes : maxBytes
    }
}
