import Foundation
import Synchronization
import Testing
import Vocabulary

@testable import Broker

/// Log lines never hold up a call, and none is lost in silence.
struct LogSinkTests {
    /// What was written, and whether writing is held up.
    private final class Pipe: Sendable {
        let written = Mutex<[UInt8]>([])
        let gate = DispatchSemaphore(value: 0)
        func text() -> String { written.withLock { String(decoding: $0, as: UTF8.self) } }
    }

    @Test func queuedLinesAreWrittenInOrder() {
        let pipe = Pipe()
        let sink = LogSink { bytes in pipe.written.withLock { $0 += bytes } }
        for number in 0..<100 { sink.write(Array("line \(number)\n".utf8)) }
        sink.flush()
        #expect(pipe.text() == (0..<100).map { "line \($0)\n" }.joined())
    }

    /// A pipe that nobody reads: writers go on, lines beyond the bound are counted, and the count is told once the pipe takes bytes again.
    @Test func linesBeyondTheBoundAreCountedAndTold() {
        let pipe = Pipe()
        let entered = DispatchSemaphore(value: 0)
        let sink = LogSink { bytes in
            entered.signal()
            pipe.gate.wait()
            pipe.written.withLock { $0 += bytes }
            pipe.gate.signal()
        }
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20) + [UInt8(ascii: "\n")]
        // The thread stands in its first write before the flood begins; the queue holds three such lines beside it.
        sink.write(Array("first\n".utf8))
        entered.wait()
        for _ in 0..<20 { sink.write(line) }
        let lost = sink.lostLines
        #expect(lost == 17)
        pipe.gate.signal()
        sink.flush()
        sink.write(Array("after\n".utf8))
        sink.flush()
        #expect(pipe.text().contains("\"message\":\"log lines lost\",\"lines\":\"\(lost)\"}"))
        #expect(sink.lostLines == 0)
    }

    /// RFC 8259 §7: quotation mark, reverse solidus and control characters are escaped; everything else stays.
    @Test(arguments: [("plain", "\"plain\""), ("a\"b\\c", "\"a\\\"b\\\\c\""), ("\u{1}\n\t\u{7f}", "\"\\u0001\\n\\t\\u007f\""), ("é", "\"é\"")])
    func stringsAreEscaped(text: String, json: String) {
        #expect(JSONLine.quoted(text) == json)
    }

    @Test func aCallsLineHasItsTimeAndMembers() throws {
        var line = JSONLine(time: try #require(Timestamp("2026-11-23T18:36:43.000007Z")), level: "info", label: "concordat", message: "call")
        line.member("call", hexadecimal: 0xab)
        line.member("microseconds", 1_234)
        let text = String(decoding: line.finished(), as: UTF8.self)
        #expect(
            text == "{\"time\":\"2026-11-23T18:36:43.000007Z\",\"level\":\"info\",\"label\":\"concordat\",\"message\":\"call\","
                + "\"call\":\"00000000000000ab\",\"microseconds\":\"1234\"}\n")
    }
}
