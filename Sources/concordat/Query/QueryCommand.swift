import ArgumentParser
import BrokerProtocol

/// Asks for records under an agreement.
struct QueryCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Ask for records under an agreement, with a token.",
        discussion: """
            By key:     concordat query --token "$TOKEN" --agreement ISA-2026-0001 --dataset uc.awards --purpose council-tax-reduction \\
                          --record QQ123456A
            By filter:  concordat query ... --where brma=LEEDS --all
            Each answer has a receipt: --receipts DIR keeps them as INDEX.entry and INDEX.tlog-proof, which
            `concordat-audit receipt INDEX.entry INDEX.tlog-proof --vkey KEY` checks offline.
            """)
    @OptionGroup var search: SearchOptions
    @Option(help: "Value of the dataset's key field: the record wanted.") var record: String?
    @Option(help: "Your name for this request, so that it can be asked again safely.") var requestID: String = ""
    @Option(help: "Most records on a page, 1 to 1,000.") var pageSize: UInt32 = 100
    @Flag(help: "Follow the pages to the last.") var all = false
    @Flag(help: "Count the records instead of printing them.") var count = false
    @Option(help: "Directory to keep the receipts in.") var receipts: String?
    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        guard (1...1_000).contains(pageSize) else { throw ValidationError("--page-size must be from 1 to 1000.") }
    }

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        var request = try firstRequest()
        let bearer = try search.bearer()
        // Before the exchange is spent: a receipt that cannot be kept would be lost.
        if let receipts { try ReceiptFiles(directory: receipts).prepare() }
        var view: QueryView?
        var total = 0
        var pages = 0
        var last: UInt64 = 0
        repeat {
            let answer: Concordat_V1_QueryResponse = try await broker.call("ExchangeService/Query", request, bearer: bearer)
            if answer.hasSchema { view = try QueryView(answer.schema) }
            guard let view else { throw CommandFault.refused("the answer names a schema that it did not send; ask again") }
            if !count { for released in answer.records { printer.line(try view.text(of: released, json: connection.json)) } }
            if let receipts { try ReceiptFiles(directory: receipts).keep(answer.receipt) }
            total += answer.records.count
            pages += 1
            last = answer.receipt.index
            request.pageToken = answer.nextPageToken
            request.knownSchema = answer.schemaDigest
            request.requestID = requestID.isEmpty ? "" : "\(requestID)/\(pages)"
        } while all && !request.pageToken.isEmpty
        let more = !request.pageToken.isEmpty
        printer.show(
            object: [
                ("records", .integer(total)), ("pages", .integer(pages)), ("last_receipt", .integer(last)), ("more", .bool(more)),
            ]
        ) {
            "\(total) record\(total == 1 ? "" : "s") in \(pages) answer\(pages == 1 ? "" : "s"), each with a receipt; the last is ledger entry \(last)"
                + (more ? "; there are more, ask with --all" : "")
        }
    }

    private func firstRequest() throws -> Concordat_V1_QueryRequest {
        guard (record == nil) != search.conditions.isEmpty else {
            throw CommandFault.usage("give either --record VALUE or one or more --where FIELD=VALUE")
        }
        var request = Concordat_V1_QueryRequest()
        request.agreement = search.agreement
        request.dataset = search.dataset
        request.purpose = search.purpose
        request.fields = search.field
        request.caseReference = search.caseReference
        request.endUser = search.endUser
        request.requestID = requestID
        request.pageSize = pageSize
        if let record {
            request.key = .with { $0.value = record }
        } else {
            request.filter = try search.filter()
        }
        return request
    }
}
