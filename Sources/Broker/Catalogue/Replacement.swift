import BrokerProtocol
import Redaction
import Storage

/// What an import makes of a dataset that is live. One that changes what agreements rest on is taken only from a caller who says which
/// revision it replaces.
struct Replacement {
    private let live: CatalogueDataset?
    private let request: Concordat_V1_BeginImportRequest
    private let schema: DatasetSchema

    /// Bytes of the changes that a refusal lists: clients take trailers of 8 KiB, and base64 adds a third.
    static let maxListedBytes = 3_072

    /// - Parameter live: nil where there is no dataset of that name.
    init(live: CatalogueDataset?, _ request: Concordat_V1_BeginImportRequest, _ schema: DatasetSchema) {
        self.live = live
        self.request = request
        self.schema = schema
    }

    /// Why it is refused; nil where it changes nothing that agreements rest on, or the caller has said that it means to.
    func fault() throws(StorageFault) -> CallFault? {
        let said = request.replacesRevision
        guard said == 0 || said == live?.revision ?? 0 else {
            let remedy =
                live.map { "replaces_revision: the live revision is \($0.revision). Look at it again, then import with that number." }
                ?? "replaces_revision: there is no dataset of this name. Leave it out to register a new one."
            return .precondition(reason: "CONFLICT", remedy: remedy)
        }
        guard let live, said == 0 else { return nil }
        let (before, _) = try live.opened()
        let found = DatasetChanges(
            from: DatasetChanges.Footing(schema: before, keyField: live.keyField, filterFields: live.filterFields),
            to: DatasetChanges.Footing(schema: schema, keyField: request.keyField, filterFields: request.filterFields)
        ).changes
        guard !found.isEmpty else { return nil }
        let listed = Replacement.listed(found)
        let more = found.count > listed.count ? ", and \(found.count - listed.count) more" : ""
        return .precondition(
            reason: "SCHEMA_CHANGES",
            remedy: "This import changes what agreements about \(live.id.text) rest on, and would stop them: see the fields named\(more). "
                + "Correct the file or its labels, or send replaces_revision \(live.revision) to replace the live revision all the same.",
            problems: listed)
    }

    /// The first ones that fit.
    private static func listed(_ changes: [DatasetChanges.Change]) -> [CallFault.FieldProblem] {
        var bytes = 0
        return changes.prefix { change in
            bytes += change.field.utf8.count + change.words.utf8.count
            return bytes <= maxListedBytes
        }.map { CallFault.FieldProblem(field: $0.field, problem: $0.words) }
    }
}
