import DataSources
import NIOPosix
import Storage
import Synchronization

/// The sources of a home: for each event loop two readers with a thread of their own, one for streams, and the one importer.
struct SourceShelf: Sendable {
    let folder: SourceFolder
    let importer: SourceImporter
    private let readers: [SourceReader]
    /// Those of streams: a batch takes as long as a hundred queries, and nobody who asks one waits for it, nor for the processor that it has.
    private let streamReaders: [SourceReader]
    private let turn = Turn()

    /// Readers are given out in turn.
    private final class Turn: Sendable {
        let next = Atomic<Int>(0)
        /// The same for event loops, so that as many loops as readers have one each.
        let nextLoop = Atomic<Int>(0)
        /// The outboxes of the event loop whose thread asks.
        let outboxes = ThreadSpecificVariable<Outboxes>()
    }

    private final class Outboxes: Sendable {
        let queries: SourceOutbox
        let streams: SourceOutbox

        init(queries: SourceOutbox, streams: SourceOutbox) {
            self.queries = queries
            self.streams = streams
        }

        func add(_ errand: SourceReader.Errand) { (errand.client.isOfStreams ? streams : queries).add(errand) }
    }

    /// Opens the folder and starts the threads.
    init(home: BrokerHome, readers count: Int) throws(SourceFault) {
        precondition(count >= 1, "somebody has to read")
        folder = try SourceFolder(path: home.sources)
        importer = SourceImporter(folder: folder)
        let folder = folder
        readers = (0..<count).map { SourceReader(folder: folder, name: "source-reader-\($0)") }
        streamReaders = (0..<count).map { SourceReader(folder: folder, name: "stream-reader-\($0)", isPatient: true) }
    }

    /// Reads and errands that wait for a reader, over all readers, without those of streams.
    var waitingReads: Int { readers.reduce(0) { $0 + $1.waiting } }
    /// Batches of streams that do.
    var waitingStreamReads: Int { streamReaders.reduce(0) { $0 + $1.waiting } }

    var reader: SourceReader {
        let number = turn.next.wrappingAdd(1, ordering: .relaxed).oldValue
        return readers[abs(number % readers.count)]
    }

    /// Sends an errand to the reader of the calling event loop, together with the others that its calls of this moment send.
    func post(_ errand: SourceReader.Errand) {
        if let outboxes = turn.outboxes.currentValue { return outboxes.add(errand) }
        guard let loop = MultiThreadedEventLoopGroup.currentEventLoop else {
            return (errand.client.isOfStreams ? streamReaders[0] : reader).post([errand])
        }
        let number = abs(turn.nextLoop.wrappingAdd(1, ordering: .relaxed).oldValue % readers.count)
        let outboxes = Outboxes(queries: SourceOutbox(loop, to: readers[number]), streams: SourceOutbox(loop, to: streamReaders[number]))
        turn.outboxes.currentValue = outboxes
        outboxes.add(errand)
    }

    /// Removes one file that the catalogue does not name, and closes it where a reader has it open. What was asked of the readers before goes
    /// on being read.
    func remove(_ file: String) async throws(SourceFault) {
        try folder.remove(file)
        for reader in readers + streamReaders { try await reader.run(for: .broker) { session throws(SourceFault) in session.close(file) } }
    }

    func close() {
        importer.close()
        for reader in readers + streamReaders { reader.close() }
    }
}
