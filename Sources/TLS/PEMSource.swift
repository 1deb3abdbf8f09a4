#if canImport(Glibc)
import Glibc
#endif

/// Where PEM text comes from: a file read once, or bytes in memory.
package enum PEMSource: Sendable {
    /// Path of a PEM file, at most 1 MiB long.
    case file(String)
    /// PEM text in memory.
    case bytes([UInt8])

    static let maxBytes = 1 << 20

    /// A name for error messages. Never the content.
    var description: String {
        switch self {
        case .file(let path): path
        case .bytes: "bytes in memory"
        }
    }

    func load() throws(TLSError) -> [UInt8] {
        switch self {
        case .bytes(let bytes): return bytes
        case .file(let path): return try Self.read(path)
        }
    }

    private static func read(_ path: String) throws(TLSError) -> [UInt8] {
        // The path is passed as a C string for the time of the call.
        // A pipe that nobody writes to would hold the open up for ever; one that somebody writes to is waited for.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadableFile(path: path, reason: systemText()) }
        defer { close(descriptor) }
        guard fcntl(descriptor, F_SETFL, O_RDONLY) == 0 else { throw .unreadableFile(path: path, reason: systemText()) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            // The call writes at most `chunk.count` bytes into an array that outlives it.
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else { throw .unreadableFile(path: path, reason: systemText()) }
            if count == 0 { return content }
            content.append(contentsOf: chunk[..<count])
            guard content.count <= maxBytes else { throw .fileTooLong(path: path, maxBytes: maxBytes) }
        }
    }

    private static func systemText() -> String {
        // strerror returns a text owned by the C library; it is copied at once.
        unsafe String(cString: strerror(errno))
    }
}
