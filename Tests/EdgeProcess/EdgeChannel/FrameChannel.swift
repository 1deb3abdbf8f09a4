import Foundation

/// Messages over two pipes: four bytes of length, most significant first, then the message.
package struct FrameChannel: Sendable {
    package enum Fault: Error, Hashable, Sendable {
        /// The other side closed in the middle of a message.
        case cutShort
        /// The time was up.
        case late
        case tooLarge
        /// What `read`, `write` or `poll` left in `errno`.
        case system(Int32)
    }

    package static let maxFrameBytes = 64 << 20
    /// What `poll` promises room for, and what a test may interfere after.
    package static let chunkBytes = 4_096

    private let input: Int32
    private let output: Int32

    package init(input: Int32, output: Int32) {
        self.input = input
        self.output = output
    }

    package func write(_ message: [UInt8], by deadline: ContinuousClock.Instant? = nil) throws(Fault) {
        guard message.count <= FrameChannel.maxFrameBytes else { throw .tooLarge }
        let frame = (0..<4).map { UInt8(truncatingIfNeeded: message.count >> (24 - 8 * $0)) } + message
        var sent = 0
        while sent < frame.count {
            try wait(output, Int16(POLLOUT), deadline)
            let end = min(frame.count, sent + FrameChannel.chunkBytes)
            let count = frame[sent..<end].withUnsafeBytes { Foundation.write(output, $0.baseAddress, $0.count) }
            if count >= 0 { sent += count } else if errno != EINTR { throw .system(errno) }
        }
    }

    /// The next message; nil where the other side closed before it. `partway` is called once, when the first bytes of it are there.
    package func read(by deadline: ContinuousClock.Instant? = nil, partway: () -> Void = {}) throws(Fault) -> [UInt8]? {
        guard let head = try read(4, deadline, {}) else { return nil }
        let length = head.reduce(0) { $0 << 8 | Int($1) }
        guard length <= FrameChannel.maxFrameBytes else { throw .tooLarge }
        guard let message = try read(length, deadline, partway) else { throw .cutShort }
        return message
    }

    private func read(_ length: Int, _ deadline: ContinuousClock.Instant?, _ partway: () -> Void) throws(Fault) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: FrameChannel.chunkBytes)
        while bytes.count < length {
            try wait(input, Int16(POLLIN), deadline)
            let wanted = min(chunk.count, length - bytes.count)
            let count = chunk.withUnsafeMutableBytes { Foundation.read(input, $0.baseAddress, wanted) }
            if count == 0 {
                guard bytes.isEmpty else { throw .cutShort }
                return nil
            }
            if count < 0, errno != EINTR { throw .system(errno) }
            guard count > 0 else { continue }
            if bytes.isEmpty { partway() }
            bytes += chunk[..<count]
        }
        return bytes
    }

    private func wait(_ file: Int32, _ events: Int16, _ deadline: ContinuousClock.Instant?) throws(Fault) {
        guard let deadline else { return }
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { throw .late }
            var one = pollfd(fd: file, events: events, revents: 0)
            let count = poll(&one, 1, Int32(left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000 + 1))
            if count > 0 { return }
            if count < 0, errno != EINTR { throw .system(errno) }
        }
    }
}
