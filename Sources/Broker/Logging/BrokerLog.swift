import Logging
import RPC

/// The broker's log: a logger for what happens now and then, and a short way for the one line that every call writes.
package struct BrokerLog: Sendable {
    package let logger: Logger
    private let label: String
    private let level: Logger.Level
    private let sink: LogSink

    package init(_ sink: LogSink = .standardError, label: String, level: Logger.Level) {
        self.sink = sink
        self.label = label
        self.level = level
        logger = sink.logger(label: label, level: level)
    }

    /// The end of one call.
    func call(_ report: CallReport) {
        guard level <= .info else { return }
        var line = JSONLine(time: BrokerClock.system.now(), level: "info", label: label, message: "call")
        line.member("call", hexadecimal: report.callID.value)
        line.member("code", report.code.name)
        line.member("method", report.method)
        line.member("microseconds", report.nanoseconds / 1_000)
        line.member("trace", hexadecimal: report.trace.high, report.trace.low)
        sink.write(line.finished())
    }

    /// Returns when what was logged is written.
    func flush() { sink.flush() }
}
