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
            Each answer has a receipt: --receipts DIR keeps them as entry and tlog-proof files.
            """)
    @Option(help: "Access token.") var token: String
    @Option(help: "Agreement, for example ISA-2026-0001.") var agreement: String
    @Option(help: "Dataset.") var dataset: String
    @Option(help: "Purpose code of the terms.") var purpose: String
    @Option(help: "Path of a field wanted; repeat for more; every field of the terms if absent.") var field: [String] = []
    @Option(help: "Value of the dataset's key field: the record wanted.") var record: String?
    @Option(name: .customLong("where"), help: "Condition FIELD=VALUE; repeat for more, all must hold.") var conditions: [String] = []
    @Option(help: "Your own case; the ledger holds a salted commitment.") var caseReference: String = ""
    @Option(help: "Who at your end asked; committed with the case reference.") var endUser: String = ""
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
        // Before the exchange is spent: a receipt that cannot be kept would be lost.
        if let receipts { try ReceiptFiles(directory: receipts).prepare() }
        var view: QueryView?
        var total = 0
        var pages = 0
        var last: UInt64 = 0
        repeat {
            let answer: Concordat_V1_QueryResponse = try await broker.call("ExchangeService/Query", request, bearer: token)
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
        guard (record == nil) != conditions.isEmpty else {
            throw CommandFault.usage("give either --record VALUE or one or more --where FIELD=VALUE")
        }
        var request = Concordat_V1_QueryRequest()
        request.agreement = agreement
        request.dataset = dataset
        request.purpose = purpose
        request.fields = field
        request.caseReference = caseReference
        request.endUser = endUser
        request.requestID = requestID
        request.pageSize = pageSize
        if let record {
            request.key = .with { $0.value = record }
        } else {
            request.filter = try .with { filter in
                filter.conditions = try conditions.map { text in
                    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                        throw CommandFault.usage("a condition must be FIELD=VALUE, for example --where brma=LEEDS")
                    }
                    return .with {
                        $0.field = String(text[..<equals])
                        $0.equals = String(text[text.index(after: equals)...])
                    }
                }
            }
        }
        return request
    }
}
