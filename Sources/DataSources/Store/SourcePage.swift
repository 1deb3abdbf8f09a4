/// Which rows to read of a source and which of their fields.
package struct SourceQuery: Hashable, Sendable {
    /// Numbers of the record's own fields, ascending. Nothing else is asked of the database.
    package var fields: [Int]
    /// All must hold.
    package var conditions: [SourceCondition]
    /// Rows after this position; 0 starts at the first row. A position means something within one revision only.
    package var after: UInt64
    /// Most records to read, 1 to `SourceLimits.maxPageRecords`.
    package var limit: Int
    /// Number of the field that names whom a record is about. Its text goes to `SourcePage.names` and not into the record; nil where nobody asks.
    var naming: Int?

    package init(fields: some Sequence<Int>, conditions: [SourceCondition] = [], after: UInt64 = 0, limit: Int) {
        self.init(ascending: Set(fields).sorted(), conditions: conditions, after: after, limit: limit)
    }

    /// For numbers that ascend already, each once.
    init(ascending fields: [Int], conditions: [SourceCondition], after: UInt64, limit: Int, naming: Int? = nil) {
        self.fields = fields
        self.conditions = conditions
        self.after = after
        self.limit = limit
        self.naming = naming
    }
}

/// Records that were read, one after the other in one buffer that is used again for the next page.
package struct SourcePage: Sendable {
    /// All records' wire bytes.
    package private(set) var bytes: [UInt8] = []
    /// Where each record ends in `bytes`, and its position in the revision.
    private(set) var ends: [Int] = []
    package private(set) var positions: [UInt64] = []
    /// What `SourceQuery.naming` asked for, one for each record; nil where the record has none. Empty where it asked for nothing.
    private(set) var names: [[UInt8]?] = []
    /// Whether the source may have more rows that satisfy the conditions.
    package internal(set) var hasMore = false
    /// What `SourceQuery.after` takes to go on: behind the last record, or behind all rows that were looked at in vain.
    package internal(set) var reached: UInt64 = 0
    /// Steps that SQLite took for this page.
    var steps = 0

    package init() {}

    package var count: Int { ends.count }

    /// Where a record's bytes stand in `bytes`.
    package func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    /// A copy of one record's wire bytes.
    package func record(_ index: Int) -> [UInt8] { Array(bytes[range(index)]) }

    mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        positions.removeAll(keepingCapacity: true)
        names.removeAll(keepingCapacity: true)
        hasMore = false
        reached = 0
        steps = 0
    }

    mutating func append(_ body: (inout [UInt8]) -> Void) { body(&bytes) }

    mutating func endRecord(at position: UInt64) {
        ends.append(bytes.count)
        positions.append(position)
    }

    /// Says whom the record is about that was just ended.
    mutating func name(_ name: [UInt8]?) { names.append(name) }
}
