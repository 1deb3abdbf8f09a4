import Dispatch
import Foundation
import Logging
import Synchronization

/// Where log lines go. They queue in memory and a thread of its own writes them, so that a slow disk or a blocked pipe holds up no call; what
/// does not fit the queue is counted, and the count is itself a line.
package final class LogSink: Sendable {
    private struct Queue {
        var waiting: [UInt8] = []
        /// Lines that were not taken or could not be written, and have not been reported yet.
        var lost: UInt64 = 0
        var writerSleeps = false
        var isWriting = false
    }

    /// Bytes that may wait: some ten thousand lines.
    static let maxWaitingBytes = 4 << 20
    /// How long the thread lets lines gather after it has written some: it is woken at most so often.
    private static let pause = 0.005

    private let queue = Mutex(Queue())
    private let bell = DispatchSemaphore(value: 0)
    private let emit: @Sendable ([UInt8]) throws -> Void

    /// Starts the thread, which lives as long as the sink.
    package init(handle: FileHandle) {
        emit = { bytes in try handle.write(contentsOf: Data(bytes)) }
        start()
    }

    /// For tests: `emit` may block or throw.
    init(emit: @escaping @Sendable ([UInt8]) throws -> Void) {
        self.emit = emit
        start()
    }

    package static let standardError = LogSink(handle: .standardError)

    /// Lines lost and not reported yet.
    var lostLines: UInt64 { queue.withLock { $0.lost } }

    /// Queues a line with its end; never waits.
    func write(_ line: [UInt8]) {
        let wakes = queue.withLock { queue -> Bool in
            guard queue.waiting.count + line.count <= LogSink.maxWaitingBytes else {
                queue.lost += 1
                return false
            }
            queue.waiting.append(contentsOf: line)
            defer { queue.writerSleeps = false }
            return queue.writerSleeps
        }
        if wakes { bell.signal() }
    }

    /// Returns when everything that was queued before is written, or after two seconds: a blocked pipe does not hold up the end.
    package func flush() {
        for _ in 0..<400 {
            let isDone = queue.withLock { $0.waiting.isEmpty && !$0.isWriting }
            if isDone { return }
            Thread.sleep(forTimeInterval: LogSink.pause)
        }
    }

    package func logger(label: String, level: Logger.Level) -> Logger {
        Logger(label: label) { name in JSONLines(label: name, level: level, sink: self) }
    }

    private func start() {
        let thread = Thread { [self] in
            while true {
                put(next())
                Thread.sleep(forTimeInterval: LogSink.pause)
            }
        }
        thread.name = "log"
        thread.start()
    }

    /// What waits, as soon as something does.
    private func next() -> [UInt8] {
        while true {
            let bytes = queue.withLock { queue -> [UInt8] in
                queue.isWriting = !queue.waiting.isEmpty
                queue.writerSleeps = queue.waiting.isEmpty
                defer { queue.waiting = [] }
                return queue.waiting
            }
            if !bytes.isEmpty { return bytes }
            bell.wait()
        }
    }

    private func put(_ bytes: [UInt8]) {
        let lost = queue.withLock { $0.lost }
        do {
            try emit(bytes)
            if lost > 0 { try emit(LogSink.report(lost)) }
            queue.withLock { queue in
                queue.lost -= lost
                queue.isWriting = false
            }
        } catch {
            // A full disk or a closed pipe must not stop the broker.
            queue.withLock { queue in
                queue.lost += UInt64(bytes.count { $0 == UInt8(ascii: "\n") })
                queue.isWriting = false
            }
        }
    }

    private static func report(_ lost: UInt64) -> [UInt8] {
        var line = JSONLine(time: BrokerClock.system.now(), level: "warning", label: "concordat", message: "log lines lost")
        line.member("lines", lost)
        return line.finished()
    }
}
