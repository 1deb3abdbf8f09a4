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
            --receipts DIR keeps the receipts. With --json, or with --count, the last line is a summary; without, it is a remark in the errors.

            Where a stream ends early, the last line of the errors says how many records are whole in the output and how to go on after them:
            ask again with --resume-after INDEX, the receipt of the last batch that arrived. SIGINT (Ctrl-C) and SIGTERM let the batch that is
            being written be finished first, and end with 130 and 143; a second one does not wait. A program that is killed outright says
            nothing: there the receipts count and not the lines. Keep as many lines as the receipts in DIR have records (`concordat-audit receipt`
            says how many each has), cut off what follows, and go on after the newest receipt.
            """)
    @OptionGroup var search: SearchOptions
    @Option(help: "Ledger index in the receipt of the last batch that arrived: go on after it.") var resumeAfter: UInt64 = 0
    @Flag(help: "Count the records instead of printing them.") var count = false
    @Option(help: "Directory to keep the receipts in.") var receipts: String?
    @OptionGroup var connection: ConnectionOptions

    /// What has been written so far, whole.
    private struct Arrived {
        var records = 0
        var batches = 0
        /// The receipt to go on after; 0 where there is none.
        var last: UInt64
        var isComplete = false

        mutating func add(_ batch: Concordat_V1_StreamBatch) {
            records += batch.records.count
            batches += 1
            last = batch.receipt.index
            isComplete = batch.isLast
        }

        /// How to go on, for the last line of the errors; nil where asking again is all.
        var way: String? {
            guard batches > 0 else { return last == 0 ? nil : "no further record had arrived: go on, as before, with --resume-after \(last)" }
            return "\(records) records in \(batches) batches had arrived; to go on after them: --resume-after \(last)"
        }
    }

    mutating func run() async throws {
        let command = self
        // Before there is a connection: until something has been asked for, a signal ends the program at once.
        let stop = StopRequest()
        let trapped = stop.trapped()
        let work = Task {
            try await BrokerConnection.open(command.connection) { broker in
                try await command.run(with: broker, printer: command.connection.printer, stop)
            }
        }
        stop.interrupts { work.cancel() }
        defer { withExtendedLifetime(trapped) {} }
        try await work.value
    }

    func run(with broker: BrokerConnection, printer: Printer) async throws { try await run(with: broker, printer: printer, StopRequest()) }

    private func run(with broker: BrokerConnection, printer: Printer, _ stop: StopRequest) async throws {
        // Before the exchange is spent: a receipt that cannot be kept would be lost.
        if let receipts { try ReceiptFiles(directory: receipts).prepare() }
        var arrived = Arrived(last: resumeAfter)
        var progress = ProgressBar("streaming", quiet: connection.json)
        do {
            try await take(from: broker, printer, stop, &arrived, &progress)
        } catch let fault as CommandFault {
            progress.finish(rows: arrived.records)
            // A signal that came with the last batch stopped nothing.
            guard arrived.isComplete, stop.asked != nil, fault.status == stop.asked?.status else { throw StreamCommand.ended(by: fault, arrived) }
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

    private func take(
        from broker: BrokerConnection, _ printer: Printer, _ stop: StopRequest, _ arrived: inout Arrived, _ progress: inout ProgressBar
    ) async throws {
        let request = try request()
        let bearer = try search.bearer()
        stop.remember(lastWords: StreamCommand.lastWords(arrived))
        stop.begin()
        let batches = try await broker.stream("ExchangeService/Stream", request, returning: Concordat_V1_StreamBatch.self, bearer: bearer)
        var reader: RecordText?
        while let batch = try await StreamCommand.next(of: batches, unless: stop) {
            if batch.hasSchema { reader = try RecordText(batch.schema.schema) }
            guard let reader else { throw CommandFault.refused("the first batch names a schema that it did not send; ask again") }
            if !count { try write(batch, reader, printer) }
            // The lines count and not the receipt, which can be had again: whoever goes on after a batch that was written has no line twice.
            arrived.add(batch)
            stop.remember(lastWords: StreamCommand.lastWords(arrived))
            if let receipts { try ReceiptFiles(directory: receipts).keep(batch.receipt) }
            progress.advance(rows: arrived.records)
            if let signal = stop.asked { throw signal.fault }
        }
    }

    /// The next batch, or the signal that ended the wait for it.
    private static func next(
        of batches: BrokerConnection.AnswerStream<Concordat_V1_StreamBatch>, unless stop: StopRequest
    ) async throws(CommandFault) -> Concordat_V1_StreamBatch? {
        do throws(CommandFault) { return try await batches.next() } catch { throw stop.asked?.fault ?? error }
    }

    private func request() throws -> Concordat_V1_StreamRequest {
        try .with {
            $0.agreement = search.agreement
            $0.dataset = search.dataset
            $0.purpose = search.purpose
            $0.fields = search.field
            $0.caseReference = search.caseReference
            $0.endUser = search.endUser
            $0.filter = try search.filter()
            $0.resumeAfter = resumeAfter
        }
    }

    private func write(_ batch: Concordat_V1_StreamBatch, _ reader: RecordText, _ printer: Printer) throws {
        let lines = try batch.records.map { try line(of: $0, reader) }
        do throws(CommandFault) {
            try printer.lines(lines)
        } catch {
            let why = error.status == .readerGone ? "whoever read the output stopped reading" : "the output could not be written"
            throw CommandFault(message: why + "; what follows the last whole batch in it is to be cut off", status: error.status)
        }
    }

    /// For a second signal, which lets nothing be finished.
    private static func lastWords(_ arrived: Arrived) -> String {
        "stopped while a batch was being written, whose lines are to be cut off" + (arrived.way.map { "\n  " + $0 } ?? "")
    }

    private static func ended(by fault: CommandFault, _ arrived: Arrived) -> CommandFault {
        guard let way = arrived.way else { return fault }
        return CommandFault(message: fault.message + "\n  " + way, status: fault.status)
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
