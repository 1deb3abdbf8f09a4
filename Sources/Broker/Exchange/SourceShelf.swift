import DataSources
import Storage
import Synchronization

/// The sources of a home: readers with threads of their own, and the one importer.
struct SourceShelf: Sendable {
    let folder: SourceFolder
    let importer: SourceImporter
    private let readers: [SourceReader]
    private let turn: Turn

    /// Readers take turns.
    private final class Turn: Sendable {
        let next = Atomic<Int>(0)
    }

    /// Opens the folder and starts the threads.
    init(home: BrokerHome, readers count: Int) throws(SourceFault) {
        folder = try SourceFolder(path: home.sources)
        importer = SourceImporter(folder: folder)
        let folder = folder
        readers = (0..<count).map { SourceReader(folder: folder, name: "source-reader-\($0)") }
        turn = Turn()
    }

    var reader: SourceReader {
        let number = turn.next.wrappingAdd(1, ordering: .relaxed).oldValue
        return readers[abs(number % readers.count)]
    }

    /// Removes one file that the catalogue does not name, and closes it where a reader has it open. What was asked of the readers before goes
    /// on being read.
    func remove(_ file: String) async throws(SourceFault) {
        try folder.remove(file)
        for reader in readers { try await reader.run { session throws(SourceFault) in session.close(file) } }
    }

    func close() {
        importer.close()
        for reader in readers { reader.close() }
    }
}
