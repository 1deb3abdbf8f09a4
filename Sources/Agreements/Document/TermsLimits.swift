/// The bounds of terms, statements and agreement states. An AGREEMENT entry of the ledger carries whole terms and has at most 65,535 bytes.
package enum TermsLimits {
    package static let maxTermsBytes = 60_000
    package static let maxAnnexBytes = 32_768
    package static let maxStateBytes = 131_072
    package static let maxStatementBytes = 1_024
    /// Problems reported at once; the rest are found after these are mended.
    package static let maxProblems = 100

    static let parties = 2...16
    static let datasets = 1...16
    static let fieldRules = 1...512
    static let keyFields = 0...16
    static let parameters = 16
    static let parameterBytes = 1_024
    static let filterValues = 1...512
    static let filterBranches = 2...64
    /// Levels of `and` and `or` in a row filter, and of any document.
    static let filterDepth = 8
    static let filterNodes = 64
    static let titleBytes = 160
    static let labelBytes = 256
    static let textBytes = 4_000
    /// Token lifetime in seconds (tokens.md: 600 s at most).
    static let tokenSeconds: ClosedRange<UInt64> = 1...600
    static let streamSeconds: ClosedRange<UInt64> = 1...86_400
    static let count: ClosedRange<UInt64> = 1...9_007_199_254_740_991

    /// Different people who may edit one draft.
    package static let maxDrafters = 64
    package static let maxEndorsements = 256
    /// Oldest statement that is taken, in seconds.
    package static let statementAgeSeconds: Int64 = 600
    /// How far an officer's clock may differ from the broker's, in seconds.
    package static let statementSkewSeconds: Int64 = 300
}
