import ArgumentParser
import BrokerProtocol

/// Takes all records that a filter finds.
struct StreamCommand: BrokerCommand {
    static let configuration = CommandConfiguration(
        commandName: "stream",
        abstract: "Take all records of a filter under an agreement, batch by batch.",
        discussion: """
            concordat stream --token "$TOKEN" --agreement ISA-2026-0002 --dataset voa.rents --purpose rent-analysis --receipts DIR > rents.jsonl

            Prints each record as one line of JSON, from paths to values. Every batch of at most 1,000 records is in the ledger before it is sent;
            --receipts DIR keeps the receipts. Where a stream ends early, for whatever reason, the last line of the errors says how to go on:
            ask again with --resume-after INDEX, the receipt of the last batch that arrived.
            """)
    @OptionGroup var search: SearchOptions
    @Option(help: "Ledger index in the receipt of the last batch that arrived: go on after it.") var resumeAfter: UInt64 = 0
    @Flag(help: "Count the records instead of printing them.") var count = false
    @Option(help: "Directory to keep the receipts in.") var receipts: String?
    @OptionGroup var connection: ConnectionOptions

    /// What has arrived so far.
    private struct Arrived {
        var records = 0
        var batches = 0
        var last: UInt64 = 0
        var isComplete = false
    }

    func run(with broker: BrokerConnection, printer: Printer) async throws {
        // Before the exchange is spent: a receipt that cannot be kept would be lost.
        if let receipts { try ReceiptFiles(directory: receipts).prepare() }
        var arrived = Arrived()
        var progress = ProgressBar("streaming", quiet: connection.json)
        do {
            try await take(from: broker, printer, &arrived, &progress)
        } catch let fault as CommandFault {
            progress.finish(rows: arrived.records)
            guard arrived.batches > 0 else { throw fault }
            let way = "\(arrived.records) records in \(arrived.batches) batches had arrived; to go on after them: --resume-after \(arrived.last)"
            throw CommandFault(message: fault.message + "\n  " + way, status: fault.status)
        }
        progress.finish(rows: arrived.records)
        guard connection.json || count else {
            printer.remark(summary(arrived))
            return
        }
        printer.show(
            object: [
                ("records", .integer(arrived.records)), ("batches", .integer(arrived.batches)), ("last_receipt", .integer(arrived.last)),
                ("complete", .bool(arrived.isComplete)),
            ]
        ) { summary(arrived) }
    }

    private func take(from broker: BrokerConnection, _ printer: Printer, _ arrived: inout Arrived, _ progress: inout ProgressBar) async throws {
        let request = try Concordat_V1_StreamRequest.with {
            $0.agreement = search.agreement
            $0.dataset = search.dataset
            $0.purpose = search.purpose
            $0.fields = search.field
            $0.caseReference = search.caseReference
            $0.endUser = search.endUser
            $0.filter = try search.filter()
            $0.resumeAfter = resumeAfter
        }
        let batches = try await broker.stream("ExchangeService/Stream", request, returning: Concordat_V1_StreamBatch.self, bearer: search.token)
        var reader: RecordText?
        while let batch = try await batches.next() {
            if batch.hasSchema { reader = try RecordText(batch.schema.schema) }
            guard let reader else { throw CommandFault.refused("the first batch names a schema that it did not send; ask again") }
            if !count { printer.lines(try batch.records.map { try line(of: $0, reader) }) }
            if let receipts { try ReceiptFiles(directory: receipts).keep(batch.receipt) }
            arrived.records += batch.records.count
            arrived.batches += 1
            arrived.last = batch.receipt.index
            arrived.isComplete = batch.isLast
            progress.advance(rows: arrived.records)
        }
    }

    private func line(of record: Concordat_V1_ReleasedRecord, _ reader: RecordText) throws -> String {
        JSONValue.object(
            try reader.leaves(of: [UInt8](record.record)).map { ($0.path, $0.isNumber ? .number($0.value) : .text($0.value)) }
        ).text
    }

    private func summary(_ arrived: Arrived) -> String {
        "\(arrived.records) record\(arrived.records == 1 ? "" : "s") in \(arrived.batches) batch\(arrived.batches == 1 ? "" : "es"), each with a receipt; "
            + "the last is ledger entry \(arrived.last)"
    }
}
