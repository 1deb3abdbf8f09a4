import Agreements
import Cryptography
import Ledger
import Redaction
import Storage
import Vocabulary

/// The scope of an incident in the words of the registry and the catalogue.
struct IncidentReport {
    fileprivate struct Line {
        let recipient: String
        let provider: String
        let client: String
        let agreement: String
        let dataset: DatasetID
        let purpose: String
        let released: [String]
        let transformed: [String]
        let tally: IncidentScope.Tally
    }

    private let scope: IncidentScope
    private let reportBefore: Timestamp?
    /// In the order of their first entries.
    fileprivate let lines: [Line]
    private let people: Int

    init(_ scope: IncidentScope, reportBefore: Timestamp?, names: OfflineHome) throws {
        self.scope = scope
        self.reportBefore = reportBefore
        people = scope.peopleCount
        let tallies = scope.lines.sorted { $0.value.first.index < $1.value.first.index }
        lines = try names.read { store throws(StorageFault) in
            try tallies.map { line, tally throws(StorageFault) in try Line(line, tally, names: store) }
        }
    }

    private var exchanges: UInt64 { lines.reduce(0) { $0 + $1.tally.exchanges } }
    private var entries: UInt64 { lines.reduce(0) { $0 + $1.tally.entries } }
    private var records: UInt64 { lines.reduce(0) { $0 + $1.tally.recordsReleased } }
    private var suppressed: UInt64 { lines.reduce(0) { $0 + $1.tally.recordsSuppressed } }
    private var aboutNobody: UInt64 { lines.reduce(0) { $0 + $1.tally.recordsAboutNobody } }
    private var forgotten: UInt64 { lines.reduce(0) { $0 + $1.tally.recordsForgotten } }
    private var first: IncidentScope.Place? { lines.first?.tally.first }
    private var last: IncidentScope.Place? { lines.map(\.tally.last).max { $0.index < $1.index } }
}

extension IncidentReport {
    var text: String {
        guard let first, let last else {
            return (["no exchange: nothing that you named was used to release anything"] + endings).joined(separator: "\n")
        }
        var out = [
            "exchanges         \(exchanges), in \(entries) entries",
            "records released  \(records); \(suppressed) more were held back by rules of the agreement",
            "people            \(scope.isPeopleBoundReached ? "at least " : "")\(people)" + uncounted,
            "first             \(first.moment), entry \(first.index)",
            "last              \(last.moment), entry \(last.index)",
        ]
        out += endings
        out.append("report to the ICO \(reportBefore.map { "by \($0)" } ?? "within 72 hours of becoming aware (--aware gives the time)")")
        var table = Table("recipient", "client", "agreement", "dataset", "purpose", "exchanges", "records", "people", "first", "last")
        for line in lines {
            let tally = line.tally
            table.add(
                line.recipient, line.client, line.agreement, line.dataset.text, line.purpose, String(tally.exchanges), String(tally.recordsReleased),
                String(tally.peopleCount), tally.first.moment.description, tally.last.moment.description)
        }
        out += ["", table.text]
        for line in lines {
            out += [
                "", "\(line.agreement), \(line.dataset.text) of \(line.provider), to \(line.client):",
                "  released as held: \(line.released.isEmpty ? "none" : line.released.joined(separator: ", "))",
                "  transformed:      \(line.transformed.isEmpty ? "none" : line.transformed.joined(separator: ", "))",
                "  certificates:     \(line.tally.certificates.map(\.digest.hex).sorted().joined(separator: ", "))",
            ]
        }
        return out.joined(separator: "\n")
    }

    /// What the number of people leaves out.
    private var uncounted: String {
        var parts: [String] = []
        if aboutNobody > 0 { parts.append("\(aboutNobody) records name nobody") }
        if forgotten > 0 { parts.append("for \(forgotten) records what names people is no longer kept") }
        return parts.isEmpty ? "" : "; " + parts.joined(separator: "; ")
    }

    private var endings: [String] {
        scope.ends.map { end in "stopped           \(end.place.moment), entry \(end.place.index): \(IncidentReport.words(end.cause))" }
    }

    private static func words(_ cause: IncidentScope.End.Cause) -> String {
        switch cause {
        case .certificateRetired: "certificate retired"
        case .clientRetired: "client retired"
        case .organisationRetired: "its organisation retired"
        case .agreement(let state): "agreement \(state)"
        }
    }

    var json: [(String, JSONValue)] {
        [
            ("entries_looked_at", .integer(scope.looked)), ("exchanges", .integer(exchanges)), ("entries", .integer(entries)),
            ("records_released", .integer(records)), ("records_suppressed", .integer(suppressed)), ("people", .integer(people)),
            ("people_are_more", .bool(scope.isPeopleBoundReached)), ("records_naming_nobody", .integer(aboutNobody)),
            ("records_no_longer_countable", .integer(forgotten)), ("first", first.map(IncidentReport.place) ?? .null),
            ("last", last.map(IncidentReport.place) ?? .null),
            ("stopped", .list(scope.ends.map { .object([("cause", .text(IncidentReport.words($0.cause))), ("at", IncidentReport.place($0.place))]) })),
            ("report_before", reportBefore.map { .text($0.description) } ?? .null), ("recipients", .list(lines.map(\.json))),
        ]
    }

    fileprivate static func place(_ place: IncidentScope.Place) -> JSONValue {
        .object([("entry", .integer(place.index.value)), ("moment", .text(place.moment.description))])
    }
}

extension IncidentReport.Line {
    fileprivate init(_ line: IncidentScope.Line, _ tally: IncidentScope.Tally, names: any StorageReading) throws(StorageFault) {
        recipient = try names.organisation(line.consumer)?.id.text ?? "organisation \(line.consumer)"
        provider = try names.organisation(line.provider)?.id.text ?? "organisation \(line.provider)"
        client = try names.principal(line.client)?.id.text ?? "principal \(line.client)"
        agreement = "\(line.agreement.text)@\(line.version)"
        dataset = line.dataset
        purpose = line.purpose.text
        self.tally = tally
        let paths = try IncidentReport.Line.paths(of: line, in: names)
        func named(_ fields: LeafSet) -> [String] { fields.indexes.map { $0 < paths.count ? paths[$0] : "field number \($0)" } }
        released = named(tally.fieldsReleased)
        transformed = named(tally.fieldsTransformed)
    }

    /// The dataset's paths by the numbers that entries use; none where its schema is no longer that of the agreement.
    private static func paths(of line: IncidentScope.Line, in names: any StorageReading) throws(StorageFault) -> [String] {
        guard let row = try names.dataset(line.dataset), let stored = try names.agreement(line.agreement, version: line.version) else { return [] }
        do {
            guard try MaterialTerms(bytes: stored.terms).dataset(line.dataset)?.schema == row.schemaDigest else { return [] }
            return try DatasetSchema(canonicalBytes: row.schema).leaves.map(\.path.description)
        } catch {
            throw .corrupt("the terms or the schema of a dataset")
        }
    }

    fileprivate var json: JSONValue {
        .object([
            ("recipient", .text(recipient)), ("client", .text(client)), ("provider", .text(provider)), ("agreement", .text(agreement)),
            ("dataset", .text(dataset.text)), ("purpose", .text(purpose)), ("exchanges", .integer(tally.exchanges)),
            ("entries", .integer(tally.entries)), ("records_released", .integer(tally.recordsReleased)),
            ("records_suppressed", .integer(tally.recordsSuppressed)), ("bytes_released", .integer(tally.bytesReleased)),
            ("people", .integer(tally.peopleCount)), ("records_naming_nobody", .integer(tally.recordsAboutNobody)),
            ("records_no_longer_countable", .integer(tally.recordsForgotten)), ("first", IncidentReport.place(tally.first)),
            ("last", IncidentReport.place(tally.last)), ("fields_released", .list(released.map(JSONValue.text))),
            ("fields_transformed", .list(transformed.map(JSONValue.text))),
            ("certificates", .list(tally.certificates.map(\.digest.hex).sorted().map(JSONValue.text))),
        ])
    }
}
