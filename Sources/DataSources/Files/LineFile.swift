import Foundation

/// Writes lines to a new file, packed where asked for. The same lines give the same bytes. The file has its name once it is complete.
package final class LineFile {
    private let path: String
    private let handle: FileHandle
    private let deflater: GzipDeflater?
    private var buffer: [UInt8] = []
    private static let bufferBytes = 256 << 10

    /// A name that ends in `.gz` is packed. Throws where the file exists already.
    package init(path: String) throws(SourceFault) {
        self.path = path
        guard !FileManager.default.fileExists(atPath: path) else {
            throw .file(path: path, reason: "it exists already; choose another name or remove it")
        }
        let partial = path + LineFile.partial
        guard FileManager.default.createFile(atPath: partial, contents: nil), let handle = FileHandle(forWritingAtPath: partial) else {
            throw .file(path: path, reason: "it cannot be made; check the folder and that you may write there")
        }
        self.handle = handle
        deflater = path.hasSuffix(".gz") ? try GzipDeflater() : nil
    }

    private static let partial = ".partial"

    package func write(_ line: String) throws(SourceFault) {
        buffer.append(contentsOf: line.utf8)
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= LineFile.bufferBytes { try flush(isLast: false) }
    }

    /// Writes what is left and gives the file its name.
    package func finish() throws(SourceFault) {
        try flush(isLast: true)
        do {
            try handle.close()
            try FileManager.default.moveItem(atPath: path + LineFile.partial, toPath: path)
        } catch {
            throw .file(path: path, reason: "it cannot be completed; is the disk full?")
        }
    }

    private func flush(isLast: Bool) throws(SourceFault) {
        let bytes = deflater?.deflate(buffer, isLast: isLast) ?? buffer
        buffer.removeAll(keepingCapacity: true)
        do {
            try handle.write(contentsOf: bytes)
        } catch {
            throw .file(path: path, reason: "it cannot be written; is the disk full?")
        }
    }
}
