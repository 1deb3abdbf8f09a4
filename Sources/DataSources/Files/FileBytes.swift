import Foundation

/// A file's bytes in pieces, unpacked where they are gzip (recognised by content, not by name). Blocks; not for an event loop.
final class FileBytes {
    let path: String
    /// Bytes of the file itself, and how many of them have been read: what a progress bar shows.
    let size: UInt64
    private(set) var position: UInt64 = 0
    private let handle: FileHandle
    private let limits: SourceLimits
    private var inflater: GzipInflater?
    private static let pieceBytes = 64 << 10

    init(path: String, limits: SourceLimits) throws(SourceFault) {
        self.path = path
        self.limits = limits
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw .file(path: path, reason: "it cannot be opened; check the name and that you may read it")
        }
        self.handle = handle
        do {
            size = try handle.seekToEnd()
            try handle.seek(toOffset: 0)
        } catch {
            throw .file(path: path, reason: "it cannot be read; give a file, not a folder or a pipe")
        }
    }

    /// The next piece, or nil at the end.
    func next() throws(SourceFault) -> [UInt8]? {
        var unpacked: [UInt8] = []
        while unpacked.isEmpty {
            let piece = try read()
            guard !piece.isEmpty else {
                guard inflater?.isAtMemberEnd ?? true else { throw .compressed("it ends too early; get it again") }
                return nil
            }
            if position == UInt64(piece.count), piece.starts(with: [0x1f, 0x8b]) { inflater = try GzipInflater(limits: limits) }
            guard let inflater else { return piece }
            try inflater.inflate(piece, to: &unpacked)
        }
        return unpacked
    }

    private func read() throws(SourceFault) -> [UInt8] {
        do {
            let piece = Array(try handle.read(upToCount: FileBytes.pieceBytes) ?? Data())
            position += UInt64(piece.count)
            return piece
        } catch {
            throw .file(path: path, reason: "it cannot be read to its end; see that it is a file and not a folder")
        }
    }
}
