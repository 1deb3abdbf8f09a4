import ArgumentParser
import Broker
import BrokerProtocol
import DataSources
import Foundation
import ProtobufWire
import Redaction
import Vocabulary

/// Brings a file's rows in as a new revision of a dataset.
struct ImportCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Register a dataset, or a new revision of one, from a file.",
        discussion: """
            FILE ends in .csv, .csv.gz, .jsonl or .jsonl.gz. Its schema is inferred. The labels file says what the dataset is and how sensitive each
            field is; without --labels one is written next to FILE for you to fill in, and nothing is sent. Where the label of the key names a
            canonical form, every key must be in that form. The revision appears with its last row, or not at all.
            Agreements rest on the schema of the live revision. An import that would change it is told what changes and whom it concerns, and
            sends nothing unless --replace is given; nor does one that has fewer than half of the live revision's rows.
            Every field of the labels file must have a value in at least one row of FILE, or be a column of its header: a field that is rare must
            not be left out of a day's JSON lines, since that would be another schema.
            """)
    @Argument(help: "File of records.") var file: String
    @Option(help: "YAML file with the dataset's name, key and labels.") var labels: String?
    @Flag(help: "Replace the live revision even where fields vanish or change their type or label, so that agreements stop until they are amended, or where more than half of the rows vanish.")
    var replace = false
    @OptionGroup var connection: ConnectionOptions

    mutating func run() async throws {
        guard labels != nil else { return try writeLabels() }
        let command = self
        try await BrokerConnection.open(connection) { broker in
            try await command.run(with: broker, printer: command.connection.printer)
        }
    }

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        guard let labels else { throw CommandFault.usage("--labels is missing") }
        let described = try ImportCommand.labels(at: labels)
        let found = try inferred()
        let schema = try schema(described, found)
        let live = try await LiveRevision.find(described.dataset, broker)
        let replaced = try await replacedRevision(live, described, schema, found, broker)
        if live == nil { for remark in ImportCommand.remarks(found) { printer.remark("\(file): \(remark)") } }
        let begin = Concordat_V1_BeginImportRequest.with {
            $0.dataset = described.dataset.text
            $0.title = described.title
            $0.description_p = described.summary
            $0.owner = described.owner?.text ?? ""
            $0.schema.descriptorSet = Foundation.Data(schema.canonicalBytes)
            $0.keyField = described.keys.first ?? ""
            $0.filterFields = described.filters
            $0.synthetic = described.isSynthetic
            $0.replacesRevision = replaced
        }
        let begun: Concordat_V1_BeginImportResponse = try await broker.call("CatalogueService/BeginImport", begin)
        let rows: UInt64
        do {
            rows = try await send(schema, under: begun.importID, broker)
        } catch {
            // What was sent is of no use without the rest; a failure to drop it is told beside the first, which is the one to mend.
            do {
                let _: Concordat_V1_AbortImportResponse = try await broker.call(
                    "CatalogueService/AbortImport", Concordat_V1_AbortImportRequest.with { $0.importID = begun.importID })
            } catch {
                printer.remark("the import could not be dropped and will end by itself within the hour")
            }
            throw error
        }
        // From here the import is over, whatever the answer.
        let dataset: Concordat_V1_Dataset = try await broker.call(
            "CatalogueService/FinishImport", Concordat_V1_FinishImportRequest.with { $0.importID = begun.importID; $0.rows = rows })
        let words = "\(dataset.id) revision \(dataset.revision): \(dataset.rows) rows" + (live.map { "; revision \($0.revision) had \($0.rows)" } ?? "")
        // The message has no place for what was before.
        if connection.json, live != nil { printer.remark(words) }
        try printer.show(dataset) { words }
    }

    /// The live revision where this import changes what agreements rest on, or loses most of the rows, and may; 0 where it does neither.
    private func replacedRevision(
        _ live: LiveRevision?, _ described: DatasetLabels, _ schema: DatasetSchema, _ found: InferredSchema, _ broker: BrokerConnection
    ) async throws -> UInt64 {
        guard let live else { return 0 }
        let changes = try live.changes(by: described, schema)
        let doubt = live.doubt(of: found.rows, file: file)
        if changes.changes.isEmpty, doubt == nil { return 0 }
        guard !replace else { return live.revision }
        var reasons = doubt.map { [$0] } ?? []
        var remedy = "See that the file is whole"
        if !changes.changes.isEmpty {
            reasons.append(try await live.warning(changes, found, broker))
            remedy = "Correct the file or its labels"
        }
        throw CommandFault.refused((reasons + [live.remedy(remedy)]).joined(separator: "\n"))
    }

    /// Columns that are text by one line: nobody would look for it later.
    private static func remarks(_ found: InferredSchema) -> [String] {
        found.changes.keys.sorted().compactMap { field in
            guard found.kinds[field] == .text, found.changes[field]?.before != nil else { return nil }
            return "field \(field) is text: \(found.cause(of: field))"
        }
    }

    private func send(_ schema: DatasetSchema, under importID: Foundation.Data, _ broker: BrokerConnection) async throws -> UInt64 {
        var bar = ProgressBar("sending", quiet: connection.json)
        let records: RecordFile
        do throws(SourceFault) { records = try RecordFile(path: file, schema: schema.root) } catch { throw CommandFault.of(file, error) }
        var sequence: UInt32 = 0
        while let batch = try next(records) {
            let request = Concordat_V1_ImportBatchRequest.with {
                $0.importID = importID
                $0.sequence = sequence
                $0.records = batch.map { Foundation.Data($0) }
            }
            let _: Concordat_V1_ImportBatchResponse = try await broker.call("CatalogueService/ImportBatch", request)
            sequence += 1
            let (read, total) = records.progress
            bar.advance(to: Double(read) / Double(max(1, total)), rows: Int(records.rows))
        }
        bar.finish(rows: Int(records.rows))
        return records.rows
    }

    private func next(_ records: RecordFile) throws(CommandFault) -> [[UInt8]]? {
        do throws(SourceFault) { return try records.nextBatch() } catch { throw CommandFault.of(file, error) }
    }

    private func inferred() throws(CommandFault) -> InferredSchema {
        var bar = ProgressBar("reading", quiet: connection.json)
        do throws(SourceFault) {
            let schema = try SchemaInference.infer(path: file) { read, total in bar.advance(to: Double(read) / Double(max(1, total)), rows: 0) }
            bar.finish(rows: Int(schema.rows))
            return schema
        } catch {
            throw CommandFault.of(file, error)
        }
    }

    private static func labels(at path: String) throws -> DatasetLabels {
        let bytes = try contents(of: path, limit: 1 << 20)
        do throws(BrokerFault) {
            return try DatasetLabels(yaml: TextFile.text(bytes, file: path), file: path)
        } catch {
            throw CommandFault.usage("\(error)")
        }
    }

    private func schema(_ described: DatasetLabels, _ inferred: InferredSchema) throws -> DatasetSchema {
        do {
            var root = inferred.root
            if !described.message.isEmpty { root = try MessageSchema(name: described.message, fields: root.fields) }
            return try DatasetSchema(
                packageName: "concordat.records", root: root, labels: described.labels, keys: described.keys, isSynthetic: described.isSynthetic,
                isStrict: described.isStrict)
        } catch {
            throw CommandFault.usage("the labels do not fit \(file): \(error)")
        }
    }

    /// A labels file in which a person has still to choose the label of each field: as it is written, no import takes it.
    private func writeLabels() throws {
        let name = file.split(separator: "/").last.map(String.init) ?? file
        let path = (name.split(separator: ".").first.map(String.init) ?? name) + ".labels.yaml"
        guard !FileManager.default.fileExists(atPath: path) else {
            throw CommandFault.usage("\(path) is there already; fill it in and give it with --labels \(path)")
        }
        let schema = try inferred()
        var text = """
            # Labels of \(name): write a level and a role for each \(DatasetLabels.unchosen), then: concordat catalogue import \(file) --labels \(path)
            # level: public, official, personal, special-category, criminal, restricted-record
            # role: direct-id, quasi-id, attribute, free-text, consent-flag, subject-key, link-key
            dataset: \(path.split(separator: ".")[0])
            title: \(name)
            description: \(DatasetLabels.unchosen)  # what it is, from where, and what one row is
            # A field in doubt: {level: personal, role: direct-id}, the most private of what is not special category or criminal.
            # The field by which one record is found; leave it out where there is none.
            # key: [...]
            # Fields that a question may filter on.
            filters: []
            synthetic: false
            fields:

            """
        for (field, kind) in schema.kinds.sorted(by: { $0.key < $1.key }) {
            text += "  \(field): {level: \(DatasetLabels.unchosen), role: \(DatasetLabels.unchosen)}  # looks like \(kind.rawValue)\(schema.changes[field]?.before == nil ? "" : ": " + schema.cause(of: field))\n"
        }
        do {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            throw CommandFault.usage("\(path) cannot be written: \(error.localizedDescription)")
        }
        throw CommandFault.usage("wrote \(path): label each of the \(schema.kinds.count) fields, then give it with --labels \(path)")
    }
}

extension CommandFault {
    /// What is wrong with a file, with its name once.
    static func of(_ file: String, _ fault: SourceFault) -> CommandFault {
        if case .file(let path, _) = fault, path == file { return .usage("\(fault)") }
        return .usage("\(file): \(fault)")
    }
}
