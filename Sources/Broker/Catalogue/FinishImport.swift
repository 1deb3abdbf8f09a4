import AuditTrail
import BrokerProtocol
import DataSources
import Storage
import Vocabulary

extension BrokerCore {
    /// The file is complete and on disk before the catalogue points at it; where that fails, the file goes and nothing has changed.
    func finishImport(_ request: Concordat_V1_FinishImportRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_Dataset {
        let ticket = try imports.find([UInt8](request.importID), of: call.caller.principal.number, now: call.arrived)
        imports.close(ticket.importID)
        let published: PublishedSource
        do throws(SourceFault) {
            published = try await sources.importer.finish(ticket.importID, rows: request.rows, revision: ticket.earlier + 1, now: clock.now())
        } catch {
            throw importFault(error, call)
        }
        let (dataset, replaced): (Concordat_V1_Dataset, String?)
        do throws(CallFault) {
            (dataset, replaced) = try await publish(ticket, published, call)
        } catch {
            // An outcome that is not known may be a commit: the catalogue may name the file. The next start removes it where it does not.
            if case .unavailable = error {} else { await drop(published.file) }
            throw error
        }
        if let replaced { await drop(replaced) }
        return dataset
    }

    /// Removes a file that the catalogue does not name, or names no more. Where that fails, the next start does it.
    private func drop(_ file: String) async {
        do throws(SourceFault) {
            try await sources.remove(file)
        } catch {
            logger.notice("source left for the next start", metadata: ["fault": "\(error)"])
        }
    }

    /// The dataset as the catalogue has it now, and the file of the revision that this one replaced.
    private func publish(
        _ ticket: ImportDesk.Ticket, _ source: PublishedSource, _ call: Call
    ) async throws(CallFault) -> (Concordat_V1_Dataset, replaced: String?) {
        try await act(call) { scope throws(StorageFault) in
            guard scope.caller.mayPublish(for: ticket.owner) else { return .refused(.denied(reason: "NOT_DATA_OWNER", paths: [])) }
            let existing = try scope.store.dataset(ticket.dataset)
            guard (existing?.revision ?? 0) == ticket.earlier, existing == nil || existing?.owner == ticket.owner else {
                return .refused(.precondition(reason: "CONFLICT", remedy: "Another import of this dataset was finished first. Import again."))
            }
            let number: UInt32
            if let existing { number = existing.number } else { number = try scope.store.nextDatasetNumber() }
            var dataset = CatalogueDataset(
                id: ticket.dataset, number: number, owner: ticket.owner, title: ticket.title,
                summary: ticket.summary, schema: ticket.schema.canonicalBytes, schemaDigest: ticket.schema.digest, keyField: ticket.keyField,
                filterFields: ticket.filterFields, revision: ticket.earlier + 1, rows: source.rows, importedAt: scope.now,
                isSynthetic: ticket.isSynthetic, sourceFile: source.file, entry: scope.next)
            dataset.entry = scope.record(
                existing == nil ? .added : .changed,
                .dataset(
                    DatasetRecord(
                        id: dataset.id, owner: dataset.owner, schema: dataset.schema, schemaDigest: dataset.schemaDigest,
                        revision: dataset.revision, rows: dataset.rows)),
                reason: "IMPORTED")
            try scope.store.put(dataset)
            return .done((try dataset.wire(in: scope.store), replaced: existing?.sourceFile))
        }
    }
}
