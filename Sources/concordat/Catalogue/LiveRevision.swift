import Agreements
import Broker
import BrokerProtocol
import DataSources
import Redaction
import Vocabulary

/// The live revision of a dataset that an import is for.
struct LiveRevision {
    /// Agreements whose terms are read for their fields; a provider with more is told of the rest by name.
    private static let maxRead = 100

    private let dataset: Concordat_V1_Dataset

    /// Nil where there is no dataset of that name yet.
    static func find(_ id: DatasetID, _ broker: BrokerConnection) async throws -> LiveRevision? {
        let found: Concordat_V1_Dataset? = try await broker.callWhereThere(
            "CatalogueService/DescribeDataset", Concordat_V1_DescribeDatasetRequest.with { $0.id = id.text })
        return found.map(LiveRevision.init)
    }

    var revision: UInt64 { dataset.revision }
    var rows: UInt64 { dataset.rows }

    /// Why so many rows are doubted; nil where they are no fewer than half of what is live.
    func doubt(of rows: UInt64, file: String) -> String? {
        guard rows < dataset.rows / 2 + dataset.rows % 2 else { return nil }
        return "\(dataset.id) revision \(revision) is live with \(dataset.rows) rows, and \(file) has \(rows): fewer than half, so that every later answer would be short"
    }

    func changes(by described: DatasetLabels, _ schema: DatasetSchema) throws -> DatasetChanges {
        let live: DatasetSchema
        do throws(RedactionFault) {
            live = try DatasetSchema(canonicalBytes: [UInt8](dataset.schema.descriptorSet))
        } catch {
            throw CommandFault.refused("the broker's schema of \(dataset.id) cannot be read by this version of concordat: \(error)")
        }
        return DatasetChanges(
            from: DatasetChanges.Footing(schema: live, keyField: dataset.keyField, filterFields: dataset.filterFields),
            to: DatasetChanges.Footing(schema: schema, keyField: described.keys.first ?? "", filterFields: described.filters))
    }

    /// What changes and whom it concerns, in words.
    func warning(_ changes: DatasetChanges, _ found: InferredSchema, _ broker: BrokerConnection) async throws -> String {
        var lines = ["\(dataset.id) revision \(revision) is live, and this import would change what agreements rest on:"]
        let causes = Dictionary(uniqueKeysWithValues: changes.retyped.map { ($0.description, found.cause(of: $0)) })
        lines += changes.changes.map { "  \(visible($0.field)): \($0.words)\(causes[$0.field].map { "; " + $0 } ?? "")" }
        let standing = try await standingAgreements(broker)
        if standing.isEmpty { lines.append("no agreement that you may see is about it") }
        for (place, agreement) in standing.enumerated() {
            let name = "\(agreement.id) (\(AgreementWords.state(agreement.state)))"
            let listed = place < LiveRevision.maxRead ? try await fields(of: agreement.id, among: changes.removed, broker) : []
            let lost = listed.isEmpty ? "" : " and lists what would vanish: \(listed.map(\.description).joined(separator: ", "))"
            lines.append("  \(name) stops until it is amended\(lost)")
        }
        return lines.joined(separator: "\n")
    }

    /// What ends every reason not to import.
    func remedy(_ whole: String) -> String {
        "nothing was sent. \(whole), or give --replace to replace revision \(revision) all the same"
    }

    /// Agreements about the dataset that hold or may still come to hold.
    private func standingAgreements(_ broker: BrokerConnection) async throws -> [Concordat_V1_Agreement] {
        let answer: Concordat_V1_ListAgreementsResponse = try await broker.call(
            "AgreementService/ListAgreements",
            Concordat_V1_ListAgreementsRequest.with {
                $0.states = [.draft, .submitted, .inReview, .returned, .approved, .signed, .active, .suspended]
            })
        return answer.agreements.filter { $0.datasets.contains(dataset.id) }
    }

    private func fields(of agreement: String, among removed: [FieldPath], _ broker: BrokerConnection) async throws -> [FieldPath] {
        guard !removed.isEmpty else { return [] }
        let answer: Concordat_V1_Agreement = try await broker.call(
            "AgreementService/GetAgreement", Concordat_V1_GetAgreementRequest.with { $0.agreement = agreement })
        let terms = try MaterialTerms(bytes: [UInt8](answer.terms))
        let rules = terms.datasets.filter { $0.dataset.text == dataset.id }.flatMap(\.fields)
        return removed.filter { path in rules.contains { $0.path == path } }
    }
}

extension InferredSchema {
    /// The line by which a field has the type that it has, without its value.
    func cause(of field: FieldPath) -> String {
        let kind = kinds[field]?.rawValue ?? ValueKind.text.rawValue
        guard let change = changes[field] else { return "it has no value in the file" }
        guard let before = change.before else { return "its first value, in line \(change.line), looks like \(kind)" }
        return "line \(change.line) has the first value that does not look like \(before.rawValue)"
    }
}
