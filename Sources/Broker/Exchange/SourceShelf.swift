import DataSources
import Storage

/// The sources of a home: readers with threads of their own, and the one importer.
struct SourceShelf: Sendable {
    let folder: SourceFolder
    let importer: SourceImporter
    private let readers: [SourceReader]

    /// Opens the folder and starts the threads.
    init(home: BrokerHome, readers count: Int) throws(SourceFault) {
        folder = try SourceFolder(path: home.sources)
        importer = SourceImporter(folder: folder)
        let folder = folder
        readers = (0..<count).map { SourceReader(folder: folder, name: "source-reader-\($0)") }
    }

    /// The reader for the next read: the first that has little to do, else the one with least. To add to the work of a thread that runs costs
    /// less than to wake another for every read.
    var reader: SourceReader {
        for reader in readers where reader.undone < SourceShelf.fewReads { return reader }
        return readers.min { $0.undone < $1.undone } ?? readers[0]
    }

    private static let fewReads = 24

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
