import Agreements
import BrokerProtocol
import DataSources
import Foundation
import Redaction
import Storage
import Vocabulary

extension BrokerCore {
    func beginImport(_ request: Concordat_V1_BeginImportRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_BeginImportResponse {
        let dataset = try RequestFields.dataset(request.dataset)
        let title = try RequestFields.text(request.title, "title", bytes: 1...200)
        let summary = request.description_p.isEmpty ? "" : try RequestFields.text(request.description_p, "description", bytes: 1...4_000)
        let ownerID = request.owner.isEmpty ? call.caller.organisation.id : try RequestFields.organisation(request.owner, "owner")
        let schema = try BrokerCore.schema(request)
        let layout = try BrokerCore.layout(request, schema)
        let (owner, earlier): (OrganisationNumber, UInt64) = try await read(call) { store throws(StorageFault) in
            guard let owner = try store.organisation(ownerID) else {
                return .refused(
                    call.caller.principal.kind == .administrator
                        ? .notFound(what: "an organisation of this name", field: "owner") : .denied(reason: "NOT_DATA_OWNER", paths: []))
            }
            guard call.caller.mayPublish(for: owner.number) else { return .refused(.denied(reason: "NOT_DATA_OWNER", paths: [])) }
            let existing = try store.dataset(dataset)
            if let existing, existing.owner != owner.number { return .refused(.denied(reason: "DATASET_OF_ANOTHER", paths: [])) }
            if let fault = try Replacement(live: existing, request, schema).fault() { return .refused(fault) }
            return .done((owner.number, existing?.revision ?? 0))
        }
        let importID = randomness.bytes(16)
        let ticket = ImportDesk.Ticket(
            importID: importID, dataset: dataset, title: title, summary: summary, owner: owner, schema: schema, keyField: request.keyField,
            filterFields: request.filterFields, isSynthetic: schema.isSynthetic, earlier: earlier, principal: call.caller.principal.number)
        let givenUp = try imports.open(ticket, now: clock.now())
        do throws(SourceFault) {
            if let givenUp { try await giveUp(givenUp) }
            try await sources.importer.begin(importID, dataset: dataset, layout: layout, now: clock.now())
        } catch {
            imports.close(importID)
            throw importFault(error, call)
        }
        return .with {
            $0.importID = Data(importID)
            $0.schemaDigest = Data(schema.digest.bytes)
        }
    }

    private func giveUp(_ importID: [UInt8]) async throws(SourceFault) {
        do throws(SourceFault) {
            try await sources.importer.abort(importID, now: clock.now())
        } catch {
            // The importer may have dropped it already.
            guard case .unknownImport = error else { throw error }
        }
    }

    private static func schema(_ request: Concordat_V1_BeginImportRequest) throws(CallFault) -> DatasetSchema {
        guard !request.schema.descriptorSet.isEmpty else { throw .invalid(field: "schema.descriptor_set", problem: "is missing") }
        let schema: DatasetSchema
        do throws(RedactionFault) {
            schema = try DatasetSchema(canonicalBytes: [UInt8](request.schema.descriptorSet))
        } catch {
            throw .invalid(field: "schema.descriptor_set", problem: "is not an acceptable schema: \(error)")
        }
        guard request.schema.digest.isEmpty || [UInt8](request.schema.digest) == schema.digest.bytes else {
            throw .invalid(field: "schema.digest", problem: "is not the SHA-256 of descriptor_set")
        }
        guard request.synthetic == schema.isSynthetic else {
            throw .invalid(field: "synthetic", problem: "differs from what the schema says; mark both or neither")
        }
        return schema
    }

    private static func layout(_ request: Concordat_V1_BeginImportRequest, _ schema: DatasetSchema) throws(CallFault) -> SourceLayout {
        guard request.keyField.isEmpty || schema.keys.isEmpty || schema.keys.contains(request.keyField) else {
            throw .invalid(field: "key_field", problem: "is not one of the schema's key fields")
        }
        do throws(SourceFault) {
            return try SourceLayout(
                root: schema.root, keyField: request.keyField.isEmpty ? nil : request.keyField,
                keyForm: FieldPath(request.keyField).flatMap(schema.leaf)?.label.canon, filterFields: request.filterFields)
        } catch {
            switch error {
            case .layout(let field, let fault):
                throw .invalid(field: field == request.keyField ? "key_field" : "filter_fields", problem: "names \(field): \(fault)")
            default: throw .invalid(field: "schema", problem: error.description)
            }
        }
    }

    /// A fault of the importer as the sender hears it: it names rows, fields and rules, never a value.
    func importFault(_ fault: SourceFault, _ call: Call) -> CallFault {
        logger.notice("import", metadata: ["call": "\(call.reference)", "fault": "\(fault)", "trace": "\(call.trace)"])
        switch fault {
        case .record(let row, let field, let problem): return .invalid(field: "records", problem: "row \(row)\(field.isEmpty ? "" : ", field \(field)"): \(problem)")
        case .unknownImport: return .notFound(what: "an import with this id; begin again")
        case .batchOutOfOrder, .batchDiffers: return .invalid(field: "sequence", problem: fault.description)
        case .rowCount: return .precondition(reason: "ROW_COUNT", remedy: fault.description)
        case .duplicateKey, .tooLarge: return .invalid(field: "records", problem: fault.description)
        case .layout(let field, let problem): return .invalid(field: "schema", problem: "\(field): \(problem)")
        case .busy, .busyForClient: return .exhausted(reason: "import_busy")
        case .file, .input, .compressed, .schema, .condition, .mismatch, .database, .closed: return .unavailable(part: "data source")
        }
    }
}

extension Caller {
    /// Publishes data of that organisation: its information asset owner, its administrator, or one of the operator.
    func mayPublish(for number: OrganisationNumber) -> Bool {
        administers(number) || (organisation.number == number && has(OfficerRole.assetOwner.rawValue))
    }
}
