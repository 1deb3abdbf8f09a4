import DataSources
import SQLiteStorage
import Storage
import Vocabulary

/// Whether the file of every dataset's live revision is there and is the one that the catalogue means: a broker without one starts, and every
/// query of that dataset fails.
enum SourceExamination {
    enum Depth {
        /// Opened, and its schema and its number of rows compared.
        case opened
        /// Every page looked at as well; takes as long as reading all files does.
        case whole
    }

    /// What is wrong, by dataset. Blocks; for a start and for offline commands.
    static func faults(of datasets: [CatalogueDataset], in folder: SourceFolder, to depth: Depth) -> [(dataset: DatasetID, words: String)] {
        datasets.compactMap { dataset in
            do throws(StorageFault) {
                let (_, layout) = try dataset.opened()
                return fault(of: dataset, layout, in: folder, to: depth).map { (dataset.id, $0.description) }
            } catch {
                return (dataset.id, error.description)
            }
        }
    }

    /// What is wrong with the files of the datasets that a home's database names, every page looked at, in one sentence; nil where nothing is.
    static func faults(of home: BrokerHome, _ store: SQLiteSnapshot) throws(StorageFault) -> String? {
        let datasets = try store.read { reading throws(StorageFault) in try reading.datasets() }
        // To open the folder is to make it where it is missing, and nothing is changed here.
        guard try OpenFile.exists(home.sources) else {
            return datasets.isEmpty ? nil : "is missing, with the files of \(datasets.count) datasets; restore it from a backup"
        }
        do throws(SourceFault) {
            let found = faults(of: datasets, in: try SourceFolder(path: home.sources), to: .whole)
            return found.isEmpty ? nil : found.map { "\($0.dataset): \($0.words)" }.joined(separator: "; ")
        } catch {
            return error.description
        }
    }

    private static func fault(of dataset: CatalogueDataset, _ layout: SourceLayout, in folder: SourceFolder, to depth: Depth) -> SourceFault? {
        do throws(SourceFault) {
            // One at a time, so that no more than one is held open.
            let connection = try SourceSession(folder: folder).connection(dataset.sourceFile, layout: layout)
            guard connection.rows == dataset.rows else {
                throw .mismatch(file: dataset.sourceFile, reason: "it has \(connection.rows) rows, and the catalogue has \(dataset.rows)")
            }
            if case .whole = depth { try connection.requireStructure() }
            return nil
        } catch {
            return error
        }
    }
}
