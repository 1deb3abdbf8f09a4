import DataSources
import NIOPosix
import Storage
import Synchronization

/// The sources of a home: a reader with a thread of its own for each event loop, and the one importer.
struct SourceShelf: Sendable {
    let folder: SourceFolder
    let importer: SourceImporter
    private let readers: [SourceReader]
    private let turn = Turn()

    /// Readers are given out in turn.
    private final class Turn: Sendable {
        let next = Atomic<Int>(0)
        /// The same for event loops, so that as many loops as readers have one each.
        let nextLoop = Atomic<Int>(0)
        /// The outbox of the event loop whose thread asks.
        let outbox = ThreadSpecificVariable<SourceOutbox>()
    }

    /// Opens the folder and starts the threads.
    init(home: BrokerHome, readers count: Int) throws(SourceFault) {
        precondition(count >= 1, "somebody has to read")
        folder = try SourceFolder(path: home.sources)
        importer = SourceImporter(folder: folder)
        let folder = folder
        readers = (0..<count).map { SourceReader(folder: folder, name: "source-reader-\($0)") }
    }

    /// Reads and errands that wait for a reader, over all readers.
    var waitingReads: Int { readers.reduce(0) { $0 + $1.waiting } }

    var reader: SourceReader {
        let number = turn.next.wrappingAdd(1, ordering: .relaxed).oldValue
        return readers[abs(number % readers.count)]
    }

    /// Sends an errand to the reader of the calling event loop, together with the others that its calls of this moment send.
    func post(_ errand: SourceReader.Errand) {
        if let outbox = turn.outbox.currentValue { return outbox.add(errand) }
        guard let loop = MultiThreadedEventLoopGroup.currentEventLoop else { return reader.post([errand]) }
        let number = turn.nextLoop.wrappingAdd(1, ordering: .relaxed).oldValue
        let outbox = SourceOutbox(loop, to: readers[abs(number % readers.count)])
        turn.outbox.currentValue = outbox
        outbox.add(errand)
    }

    /// Removes one file that the catalogue does not name, and closes it where a reader has it open. What was asked of the readers before goes
    /// on being read.
    func remove(_ file: String) async throws(SourceFault) {
        try folder.remove(file)
        for reader in readers { try await reader.run(for: .broker) { session throws(SourceFault) in session.close(file) } }
    }

    func close() {
        importer.close()
        for reader in readers { reader.close() }
    }
}
