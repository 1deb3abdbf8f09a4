/// Bounds on what a replay keeps in memory.
package enum ReplayLimits {
    /// Findings kept; those after are counted.
    package static let maxFindings = 1_000
    /// Longest life of a token, in seconds.
    static let maxTokenLife: Int64 = 600
    /// Seconds by which the clock may have been set back between two acts of which one must come first: as far ahead as a token's `iat` may lie.
    static let maxClockStepBack: Int64 = 10
    /// Exchanges between a token and the one that was issued: so many tokens die with that one, and count for it.
    static let maxTokenDepth = 3
    /// Longest silence of a running broker, in seconds.
    static let maxSilence: Int64 = 60
    /// Most entries of a log whose every earlier root is kept, so that checkpoints seen by clients can be compared. 32 bytes each.
    static let maxRememberedRoots = 16_777_216
}
