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

    /// Opens the folder and starts the threads. What no dataset of the catalogue names is removed.
    init(home: BrokerHome, keeping files: Set<String>, readers count: Int) throws(SourceFault) {
        folder = try SourceFolder(path: home.sources)
        _ = try folder.removeAll(but: files)
        importer = SourceImporter(folder: folder)
        let folder = folder
        readers = (0..<count).map { SourceReader(folder: folder, name: "source-reader-\($0)") }
        turn = Turn()
    }

    var reader: SourceReader {
        let number = turn.next.wrappingAdd(1, ordering: .relaxed).oldValue
        return readers[abs(number % readers.count)]
    }

    func close() {
        importer.close()
        for reader in readers { reader.close() }
    }
}
