import ArgumentParser
import BrokerProtocol
import Cryptography

/// What can be shared, and how records come in.
struct CatalogueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalogue",
        abstract: "Find datasets; import your own.",
        subcommands: [
            ListDatasetsCommand.self, SearchDatasetsCommand.self, DescribeDatasetCommand.self, ImportCommand.self, RecordCommand.self,
            SynthesiseCommand.self,
        ])
}

struct ListDatasetsCommand: BrokerCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the datasets.")
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_ListDatasetsResponse = try await broker.call(
            "CatalogueService/ListDatasets", Concordat_V1_ListDatasetsRequest())
        try printer.show(answer) { DatasetWords.table(answer.datasets) }
    }
}

struct SearchDatasetsCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "search", abstract: "Find datasets whose name, description or fields hold every word.")
    @Argument(help: "Words.") var words: [String]
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_ListDatasetsResponse = try await broker.call(
            "CatalogueService/SearchDatasets", Concordat_V1_SearchDatasetsRequest.with { $0.text = words.joined(separator: " ") })
        try printer.show(answer) { DatasetWords.table(answer.datasets) }
    }
}

struct DescribeDatasetCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe", abstract: "Show one dataset: its fields with their sensitivity, owner and revision.",
        discussion: """
            To fill in the schema of a template's terms:
              concordat agreement template NAME | sed "s/SCHEMA_DIGEST/$(concordat catalogue describe DATASET --schema-digest)/"
            """)
    @Argument(help: "Dataset, for example uc.awards.") var dataset: String
    @Flag(help: "Print nothing but the digest of its schema, in hexadecimal as terms have it.") var schemaDigest = false
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let answer: Concordat_V1_Dataset = try await broker.call(
            "CatalogueService/DescribeDataset", Concordat_V1_DescribeDatasetRequest.with { $0.id = dataset })
        if schemaDigest {
            let digest = Hex.encode(answer.schema.digest)
            return printer.show(object: [("schema_digest", .text(digest))]) { digest }
        }
        try printer.show(answer) { DatasetWords.full(answer) }
    }
}

struct RecordCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Show one whole record of your own dataset; your look is in the ledger first.")
    @Argument(help: "Dataset.") var dataset: String
    @Argument(help: "Value of its key field.") var key: String
    @Option(help: "Why you look; the ledger holds a salted digest of it.") var reason: String
    @OptionGroup var connection: ConnectionOptions

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        let request = Concordat_V1_GetRecordRequest.with {
            $0.dataset = dataset
            $0.key = key
            $0.reason = reason
        }
        let answer: Concordat_V1_GetRecordResponse = try await broker.call("CatalogueService/GetRecord", request)
        let record = answer.hasRecord ? try RecordText(answer.schema).leaves(of: [UInt8](answer.record)) : []
        printer.show(
            object: [
                ("found", .bool(answer.hasRecord)), ("fields", .list(record.map(\.json))), ("ledger_index", .integer(answer.receipt.index)),
            ]
        ) {
            guard answer.hasRecord else { return "no record has that key; your look is ledger entry \(answer.receipt.index)" }
            var table = Table("field", "value")
            for leaf in record { table.add(leaf.path, leaf.value) }
            return table.text + "\nyour look is ledger entry \(answer.receipt.index)"
        }
    }
}
