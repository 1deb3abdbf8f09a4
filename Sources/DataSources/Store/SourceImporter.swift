import Vocabulary

/// Brings revisions in, on a thread of its own. A revision is published by ``finish(_:rows:revision:)`` with all its rows or not at all; until
/// the catalogue points at the file that it names, nobody reads it.
package final class SourceImporter: Sendable {
    private let worker: WorkerThread<ImportTable>

    package init(folder: SourceFolder) {
        worker = WorkerThread(
            name: "source-importer", capacity: folder.limits.maxWaiting, share: folder.limits.maxWaiting, batch: 1, makeState: { ImportTable(folder: folder) },
            deliver: { answers in for answer in answers { answer() } })
    }

    /// Opens an import under an identifier of 16 random bytes.
    package func begin(_ identifier: [UInt8], dataset: DatasetID, layout: SourceLayout, now: Timestamp) async throws(SourceFault) {
        try await worker.run(for: .broker) { (table) throws(SourceFault) in try table.begin(identifier, dataset: dataset, layout: layout, now: now) }
    }

    /// Adds a batch of records in the layout's wire bytes, strictly read; whole or not at all. Batches are numbered from 0 without gaps; the
    /// same number with the same content changes nothing. Returns the rows held so far.
    package func add(_ identifier: [UInt8], sequence: UInt32, records: [[UInt8]], now: Timestamp) async throws(SourceFault) -> UInt64 {
        try await worker.run(for: .broker) { (table) throws(SourceFault) in
            try table.open(identifier, now: now).add(sequence, records, now: now)
        }
    }

    /// Completes the file, puts it on disk and names it. Throws without publishing where `rows` is not the count held, or where a key stands
    /// twice. The import is over either way.
    package func finish(_ identifier: [UInt8], rows: UInt64, revision: UInt64, now: Timestamp) async throws(SourceFault) -> PublishedSource {
        try await worker.run(for: .broker) { (table) throws(SourceFault) in try table.finish(identifier, rows: rows, revision: revision, now: now) }
    }

    /// Drops an import. Throws `SourceFault.unknownImport` where there is none.
    package func abort(_ identifier: [UInt8], now: Timestamp) async throws(SourceFault) {
        try await worker.run(for: .broker) { (table) throws(SourceFault) in try table.drop(identifier, now: now) }
    }

    package func close() { worker.close() }
}

/// The imports under way, on the importer's thread.
private final class ImportTable {
    private let folder: SourceFolder
    private var imports: [[UInt8]: StagedImport] = [:]

    init(folder: SourceFolder) { self.folder = folder }

    func begin(_ identifier: [UInt8], dataset: DatasetID, layout: SourceLayout, now: Timestamp) throws(SourceFault) {
        precondition(identifier.count == 16, "an import is named by 16 bytes")
        try dropIdle(now)
        guard imports[identifier] == nil else { throw .unknownImport }
        guard imports.count < folder.limits.maxImports else { throw .tooLarge(what: "imports under way", limit: folder.limits.maxImports) }
        imports[identifier] = try StagedImport(identifier, dataset: dataset, layout: layout, folder: folder, now: now)
    }

    func open(_ identifier: [UInt8], now: Timestamp) throws(SourceFault) -> StagedImport {
        try dropIdle(now)
        guard let found = imports[identifier] else { throw .unknownImport }
        return found
    }

    func finish(_ identifier: [UInt8], rows: UInt64, revision: UInt64, now: Timestamp) throws(SourceFault) -> PublishedSource {
        let staged = try open(identifier, now: now)
        imports[identifier] = nil
        do throws(SourceFault) {
            return try staged.finish(rows: rows, revision: revision)
        } catch {
            try staged.abandon()
            throw error
        }
    }

    func drop(_ identifier: [UInt8], now: Timestamp) throws(SourceFault) {
        let staged = try open(identifier, now: now)
        imports[identifier] = nil
        try staged.abandon()
    }

    /// An import whose sender has gone must not hold its place for ever.
    private func dropIdle(_ now: Timestamp) throws(SourceFault) {
        for (identifier, staged) in imports where staged.touched.advanced(seconds: folder.limits.importIdleSeconds) < now {
            imports[identifier] = nil
            try staged.abandon()
        }
    }
}
