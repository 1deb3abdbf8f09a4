/// Where the parts of a broker's home are.
package struct BrokerHome: Hashable, Sendable {
    package let path: String

    package init(_ path: String) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    /// State and ledger.
    package var database: String { path + "/broker.sqlite" }
    /// Data, one file for each dataset revision, so that an import never blocks the sequencer.
    package var sources: String { path + "/sources" }
    package var keys: String { path + "/keys" }
    package var configuration: String { path + "/concordat.yaml" }
    /// Held by the one broker that runs on this home.
    package var lock: String { path + "/lock" }

    /// Makes the folders, for their owner alone. What exists stays.
    package func create() throws(StorageFault) {
        for folder in [path, sources, keys] { try OpenFile.makeFolder(folder) }
    }

    /// Reads the modes of what is there back. Whoever can write to the home can put another database or another configuration in place; whoever
    /// can open the lock can hold it. The files under `keys` and `sources`, and the database, are checked where they are opened.
    package func requireModes() throws(StorageFault) {
        try OpenFile.require(path, without: 0o022, remedy: "go-w")
        try OpenFile.require(configuration, without: 0o022, remedy: "go-w")
        for folder in [keys, sources] { try OpenFile.require(folder, without: 0o077, remedy: "700") }
        for file in [lock, database + "-wal", database + "-shm"] { try OpenFile.require(file, without: 0o077, remedy: "600") }
    }
}

/// The right to write to a home, for as long as the value lives. The lock goes with the process, however it ends.
package final class HomeLock: Sendable {
    private let file: OpenFile

    /// `.locked` where another broker holds it.
    package init(_ home: BrokerHome) throws(StorageFault) {
        guard let file = try OpenFile.lock(home.lock) else { throw .locked(home.path) }
        self.file = file
    }

    deinit {
        file.unlock()
    }
}
