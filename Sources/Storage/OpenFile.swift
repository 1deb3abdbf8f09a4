import Glibc

/// A file descriptor that is closed when its owner goes. The only place of this module that calls the system about files; every path is a
/// path of the home or of an export, and no error names a value.
package struct OpenFile: ~Copyable, Sendable {
    private let descriptor: CInt
    private let path: String

    private init(_ descriptor: CInt, _ path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        close(descriptor)
    }

    /// Makes a file that did not exist, readable and writable by its owner alone.
    package static func create(_ path: String, mode: UInt32 = 0o600) throws(StorageFault) -> OpenFile {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode_t(mode))
        guard descriptor >= 0 else {
            throw errno == EEXIST ? .file("\(path) exists already; move it away first") : fault("creating \(path)")
        }
        return OpenFile(descriptor, path)
    }

    /// Opens a regular file for reading, whether by its own name or through a link. Nil where there is none; `.file` where it is something else.
    package static func read(_ path: String) throws(StorageFault) -> OpenFile? {
        guard let file = try opened(path) else { return nil }
        guard try file.status().st_mode & S_IFMT == S_IFREG else { throw notPlain(path) }
        return file
    }

    /// Opens what a person named for reading, a pipe such as a shell makes too. Nil where there is none. A pipe that nobody writes to is an empty one.
    package static func readGiven(_ path: String) throws(StorageFault) -> OpenFile? {
        guard let file = try opened(path) else { return nil }
        // Who writes to it may be slow: from here on it is waited for.
        guard fcntl(file.descriptor, F_SETFL, O_RDONLY) == 0 else { throw fault("opening \(path)") }
        return file
    }

    private static func opened(_ path: String) throws(StorageFault) -> OpenFile? {
        // A pipe that nobody writes to would hold the open up for ever.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw fault("opening \(path)") }
            return nil
        }
        return OpenFile(descriptor, path)
    }

    /// Refuses what has that name and is no regular file, before a library that would wait for it opens it. Silent where there is none.
    package static func requirePlain(_ path: String) throws(StorageFault) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw fault("looking at \(path)") }
            return
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw notPlain(path) }
    }

    private static func notPlain(_ path: String) -> StorageFault { .file("\(path) is not a plain file; put one in its place") }

    private func status() throws(StorageFault) -> stat {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw Self.fault("looking at \(path)") }
        return status
    }

    /// Copies the contents of a file that nobody changes to `target`, for its owner alone, in place of what has that name: through
    /// `target` with `.part` behind it, so that `target` is whole at every moment. Returns when the contents are on stable storage;
    /// the name is when the folder has been synced. Nothing is left of it where it fails.
    /// - Parameter limit: the most bytes that are copied; a longer file is refused before anything is written.
    package static func copy(_ path: String, to target: String, limit: Int) throws(StorageFault) {
        guard let source = try read(path) else { throw .file("\(path) is missing, and cannot be copied") }
        guard try source.status().st_size <= limit else { throw .file("\(path) is longer than \(limit) bytes, and is not copied") }
        try requirePlain(target)
        let part = target + ".part"
        try remove(part)
        do throws(StorageFault) {
            try source.copyContents(to: part, limit: limit)
            try rename(part, to: target)
        } catch {
            try remove(part)
            throw error
        }
    }

    private func copyContents(to part: String, limit: Int) throws(StorageFault) {
        let copied = try Self.create(part)
        var left = limit
        var piece = try next(atMost: Self.copyBytes)
        while !piece.isEmpty {
            left -= piece.count
            guard left >= 0 else { throw .file("\(path) grew beyond \(limit) bytes while it was copied") }
            try copied.write(piece)
            piece = try next(atMost: Self.copyBytes)
        }
        try copied.sync()
    }

    private static let copyBytes = 1_048_576

    /// Opens a folder, to sync it.
    package static func folder(_ path: String) throws(StorageFault) -> OpenFile {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
        guard descriptor >= 0 else { throw fault("opening folder \(path)") }
        return OpenFile(descriptor, path)
    }

    /// Opens the file, making it where it does not exist, and takes the exclusive lock on it. Nil where another process holds that lock.
    package static func lock(_ path: String) throws(StorageFault) -> OpenFile? {
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode_t(0o600))
        guard descriptor >= 0 else { throw fault("opening \(path)") }
        let file = OpenFile(descriptor, path)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw fault("locking \(path)") }
            return nil
        }
        return file
    }

    /// Gives the lock up, also where a child process that is just being started still holds a copy of the descriptor.
    package func unlock() {
        flock(descriptor, LOCK_UN)
    }

    /// Permission bits, such as 0o600.
    package func mode() throws(StorageFault) -> UInt32 {
        UInt32(try status().st_mode) & 0o7777
    }

    /// Refuses a file that its group or others can read or write.
    package func requirePrivate() throws(StorageFault) {
        let mode = try mode()
        guard mode & 0o077 == 0 else {
            throw .file("\(path) is open to others (mode \(String(mode, radix: 8))); run: chmod 600 \(path)")
        }
    }

    /// Refuses a file or folder of which group or others may do what `mask` says, such as 0o022 for writing. Silent where there is none.
    /// - Parameter remedy: the mode to give to chmod.
    package static func require(_ path: String, without mask: UInt32, remedy: String) throws(StorageFault) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            guard errno == ENOENT else { throw fault("reading the mode of \(path)") }
            return
        }
        let mode = UInt32(status.st_mode) & 0o7777
        guard mode & mask == 0 else {
            throw .file("\(path) can be \(mask & 0o055 == 0 ? "changed" : "used") by others (mode \(String(mode, radix: 8))); run: chmod \(remedy) \(path)")
        }
    }

    /// The whole file, which must not be longer than `limit` bytes.
    package func contents(limit: Int) throws(StorageFault) -> [UInt8] {
        var contents: [UInt8] = []
        while true {
            let piece = try next(atMost: min(limit + 1, 65_536))
            if piece.isEmpty { return contents }
            contents += piece
            guard contents.count <= limit else { throw .file("\(path) is longer than \(limit) bytes") }
        }
    }

    /// What follows in the file, `count` bytes at most; empty at its end.
    private func next(atMost count: Int) throws(StorageFault) -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: count)
        while true {
            // Invariant: the pointer covers `piece` and is used within the call only.
            let found = unsafe piece.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard found >= 0 else {
                if errno == EINTR { continue }
                throw Self.fault("reading \(path)")
            }
            piece.removeLast(count - found)
            return piece
        }
    }

    package func write(_ bytes: [UInt8]) throws(StorageFault) {
        var offset = 0
        while offset < bytes.count {
            // Invariant: the pointer covers `bytes` from `offset` and is used within the call only.
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset) }
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw Self.fault("writing \(path)")
            }
            offset += count
        }
    }

    /// Returns when the contents, or a folder's entries, are on stable storage.
    package func sync() throws(StorageFault) {
        guard fsync(descriptor) == 0 else { throw Self.fault("syncing \(path)") }
    }

    /// Names the file anew in place of what has that name: readers see the old contents or the new ones, never a part.
    package static func rename(_ path: String, to target: String) throws(StorageFault) {
        guard unsafe Glibc.rename(path, target) == 0 else { throw fault("renaming \(path)") }
    }

    /// The absolute path without links, dots and doubled slashes. Nil where there is nothing of that name.
    package static func resolved(_ path: String) throws(StorageFault) -> String? {
        // Invariant: the text that realpath allocates is copied, and freed once.
        guard let found = unsafe realpath(path, nil) else {
            guard errno == ENOENT else { throw fault("looking for \(path)") }
            return nil
        }
        defer { unsafe free(found) }
        return unsafe String(cString: found)
    }

    /// Whether something has that name, be it a link that leads nowhere.
    package static func exists(_ path: String) throws(StorageFault) -> Bool {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            guard errno == ENOENT else { throw fault("looking for \(path)") }
            return false
        }
        return true
    }

    package static func remove(_ path: String) throws(StorageFault) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw fault("removing \(path)") }
    }

    /// Makes a folder that did not exist, in one that does: whose it is and who may enter it is certain.
    package static func makeNewFolder(_ path: String, mode: UInt32 = 0o700) throws(StorageFault) {
        guard unsafe mkdir(path, mode_t(mode)) == 0 else {
            throw errno == EEXIST ? .file("\(path) exists already; give a folder that does not") : fault("making folder \(path)")
        }
    }

    /// Makes a folder and those above it that are missing.
    package static func makeFolder(_ path: String, mode: UInt32 = 0o700) throws(StorageFault) {
        var made = path.hasPrefix("/") ? "/" : ""
        for name in path.split(separator: "/") {
            made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + name
            guard unsafe mkdir(made, mode_t(mode)) == 0 || errno == EEXIST else { throw fault("making folder \(made)") }
        }
    }

    /// What is free for this user of the file system that holds `path`: a share of 0 to 1, and bytes.
    package static func freeSpace(at path: String) throws(StorageFault) -> (share: Double, bytes: UInt64) {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else { throw fault("reading the free space of \(path)") }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        return (status.f_blocks == 0 ? 0 : Double(status.f_bavail) / Double(status.f_blocks), overflow ? .max : bytes)
    }

    private static func fault(_ what: String) -> StorageFault {
        switch errno {
        case ENOSPC, EDQUOT: .full
        case EACCES, EPERM: .file("\(what) is not permitted; check owner and mode")
        case ENOENT: .file("\(what): no such file or folder")
        case ENOTDIR: .file("\(what): a file stands where the path has a folder; move it, or give another path")
        case EISDIR: .file("\(what): a folder stands where a file is to be; move it")
        case ELOOP: .file("\(what): its links lead round in a circle, or it is a link where none may be; put the file itself in its place")
        case let code: .io("\(what) (errno \(code))")
        }
    }
}
