import Agreements
import Redaction
import Storage
import Vocabulary

/// The dry run: terms against the registry, the live schemas and the redaction compiler. Changes nothing.
enum TermsTrial {
    /// Every problem and warning, in the order in which an author would mend them.
    static func findings(_ terms: MaterialTerms, today: CalendarDate, in store: any StorageReading) throws(StorageFault) -> [TermsProblem] {
        var found = terms.problems(on: today)
        for party in terms.parties {
            let organisation = try store.organisation(party.organisation)
            guard organisation?.status == .active else {
                found.append(
                    TermsProblem(
                        .contradiction, path: "parties[\(party.organisation)].organisation", fault: "is not an active organisation of this broker",
                        remedy: "Have it registered, or correct its short name."))
                continue
            }
        }
        var outlines: [SchemaOutline] = []
        var schemas: [DatasetID: DatasetSchema] = [:]
        for dataset in try store.datasets() {
            guard let schema = schema(of: dataset) else { continue }
            schemas[dataset.id] = schema
            outlines.append(outline(dataset, schema))
        }
        found += unserved(terms)
        found += try ownership(of: terms, in: store)
        let mismatches = terms.feasibility(against: outlines)
        found += mismatches
        // Compiling tells most about terms that fit; before that it would repeat what was said.
        if mismatches.isEmpty { found += RedactionCompilation.problems(of: terms, schemas: schemas) }
        found += terms.lint(against: outlines, on: today)
        return Array(found.prefix(TermsLimits.maxProblems))
    }

    /// What terms may ask for and this broker cannot do yet. A fact of the broker, so not a rule of the lifecycle: the same terms are in order
    /// with another broker.
    private static func unserved(_ terms: MaterialTerms) -> [TermsProblem] {
        guard terms.evidence.request == .signed else { return [] }
        return [
            TermsProblem(
                .evidenceNotTaken, path: "evidence.request", fault: "is signed, and this broker does not take signed requests yet",
                remedy: "Use none; what the ledger keeps of each exchange is evidence.level, field or record.")
        ]
    }

    /// A provider can offer its own datasets only.
    private static func ownership(of terms: MaterialTerms, in store: any StorageReading) throws(StorageFault) -> [TermsProblem] {
        var problems: [TermsProblem] = []
        for dataset in terms.datasets {
            guard let held = try store.dataset(dataset.dataset), let owner = try store.organisation(held.owner) else { continue }
            if terms.party(owner.id)?.role != .provider {
                problems.append(
                    TermsProblem(
                        .contradiction, path: "datasets[\(dataset.dataset)].id", fault: "belongs to \(owner.id), which is not the provider",
                        remedy: "Make the owner the provider, or name a dataset of the provider."))
            }
        }
        return problems
    }

    static func schema(of dataset: CatalogueDataset) -> DatasetSchema? {
        do throws(RedactionFault) {
            return try DatasetSchema(canonicalBytes: dataset.schema)
        } catch {
            return nil
        }
    }

    static func outline(_ dataset: CatalogueDataset, _ schema: DatasetSchema) -> SchemaOutline {
        SchemaOutline(
            dataset: dataset.id, digest: dataset.schemaDigest,
            fields: schema.leaves.map { leaf in
                FieldOutline(
                    path: leaf.path, label: PrivacyLabel(number: UInt64(leaf.label.effectiveLevel.rawValue)) ?? .restrictedRecord,
                    role: IdentifyingRole(rawValue: leaf.label.effectiveRole.rawValue) ?? .directIdentifier, domain: leaf.label.domain)
            },
            keyFields: [FieldPath(dataset.keyField)].compactMap { $0 })
    }
}
