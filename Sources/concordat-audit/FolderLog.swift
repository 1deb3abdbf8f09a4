/// A log in a folder, in the C2SP tlog-tiles layout.
struct FolderLog: LogReading {
    private let folder: String

    init(_ folder: String) {
        self.folder = folder
    }

    func read(_ path: String, limit: Int) throws(AuditFailure) -> [UInt8]? {
        try RegularFile.readIfThere(folder + "/" + path, limit: limit)
    }
}
