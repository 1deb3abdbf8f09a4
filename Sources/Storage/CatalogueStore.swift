import Vocabulary

/// What can be shared.
package protocol CatalogueReading {
    func dataset(_ id: DatasetID) throws(StorageFault) -> CatalogueDataset?
    /// All, by identifier.
    func datasets() throws(StorageFault) -> [CatalogueDataset]
}

package protocol CatalogueStore: CatalogueReading {
    /// Replaces the dataset with that id, or adds it.
    func put(_ dataset: CatalogueDataset) throws(StorageFault)
    /// One more than the highest number in use, from 1.
    func nextDatasetNumber() throws(StorageFault) -> UInt32
}
