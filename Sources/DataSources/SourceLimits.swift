/// Bounds on everything that is brought in, held and read.
package struct SourceLimits: Hashable, Sendable {
    /// Bytes of one record's wire encoding.
    package var maxRecordBytes = 256 << 10
    /// Bytes of one top-level field of a record.
    package var maxFieldBytes = 64 << 10
    /// Wire bytes of all records of one batch, with four bytes a record for their framing.
    package var maxBatchBytes = 1 << 20
    /// Records of one batch.
    package var maxBatchRecords = 65_536
    /// Rows of one revision.
    package var maxRows: UInt64 = 50_000_000
    /// Bytes of one source file.
    package var maxSourceBytes: UInt64 = 16 << 30
    /// Imports under way at once.
    package var maxImports = 8
    /// Seconds without a batch after which an import is dropped.
    package var importIdleSeconds: Int64 = 3_600
    /// Fields that a filter may name, beside the key.
    package var maxFilterFields = 16
    /// Conditions of one read, and values of one condition.
    package var maxConditions = 12
    package var maxConditionValues = 1_024
    /// Records of one page.
    package var maxPageRecords = 1_000
    /// Records that a patient reader's thread reads and redacts before it leaves its processor to others: the system lets a thread run on for
    /// milliseconds, however much more urgent another is.
    package var maxPieceRecords = 64
    /// Record bytes of one page. At least one record is always read.
    package var maxPageBytes = 2 << 20
    /// Rows read for one page, where a row filter lets few of them through.
    package var maxRowsForPage = 100_000
    /// Steps of SQLite's virtual machine for one page, some five for each row that is looked at: also what no condition lets through costs no more.
    package var maxStepsForPage = 1_000_000
    /// Rows that are looked at before the steps are counted; doubled while there is nothing in them, up to as many as the steps allow.
    var rowsBetweenCounts: UInt64 = 16_384
    /// Reads that may wait for one reader's thread.
    package var maxWaiting = 4_096
    /// The same of one client: as many as one connection may have running, so that whoever keeps to one connection is never refused.
    package var maxWaitingOfOne = 256
    /// Source files that one reader keeps open.
    package var maxOpenSources = 64
    /// Bytes of one line of a file, without its end.
    package var maxLineBytes = 1 << 20
    /// Columns of a CSV file.
    package var maxColumns = 512
    /// Bytes that a compressed file may grow to, and how many times its own size (above a first MiB).
    package var maxInflatedBytes: UInt64 = 8 << 30
    package var maxInflationRatio: UInt64 = 200
    /// Levels of objects and lists in a line of JSON.
    package var maxJSONDepth = 32

    /// What every source is held to.
    package static let standard = SourceLimits()

    package init() {}
}
