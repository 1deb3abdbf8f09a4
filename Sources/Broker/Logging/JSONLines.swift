import Foundation
import Logging
import Synchronization

/// Log lines as JSON objects, one to a line: `time level label message` and the metadata, names in alphabetical order.
///
/// Callers pass codes, counts and identifiers of the registry only. Values of records, keys of searches and tokens are never log arguments;
/// a planted-value test greps for them.
struct JSONLines: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let write: @Sendable (String) -> Void

    init(label: String, level: Logger.Level, write: @escaping @Sendable (String) -> Void) {
        self.label = label
        self.logLevel = level
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let own = event.metadata { all.merge(own) { _, new in new } }
        var line = "{\"time\":\"\(BrokerClock.system.now())\",\"level\":\"\(event.level)\",\"label\":\(JSONLines.string(label))"
        line += ",\"message\":\(JSONLines.string(event.message.description))"
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            line += ",\(JSONLines.string(key)):\(JSONLines.json(value))"
        }
        write(line + "}\n")
    }

    private static func json(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): string(text)
        case .stringConvertible(let other): string(other.description)
        case .array(let values): "[" + values.map(json).joined(separator: ",") + "]"
        case .dictionary(let members):
            "{" + members.sorted { $0.key < $1.key }.map { "\(string($0.key)):\(json($0.value))" }.joined(separator: ",") + "}"
        }
    }

    /// A JSON string (RFC 8259 §7); control characters are escaped, so that one event stays one line.
    static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7f {
                    let digits = String(scalar.value, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}

/// Where log lines go. Lines from several threads do not mix.
package final class LogSink: Sendable {
    private let handle: FileHandle
    private let failures = Mutex(0)
    private let order = Mutex(())

    package init(handle: FileHandle) {
        self.handle = handle
    }

    package static let standardError = LogSink(handle: .standardError)

    /// Lines that could not be written: a full disk or a closed pipe must not stop the broker.
    package var lostLines: Int { failures.withLock { $0 } }

    func write(_ line: String) {
        order.withLock { _ in
            do {
                try handle.write(contentsOf: Data(line.utf8))
            } catch {
                failures.withLock { $0 += 1 }
            }
        }
    }

    package func logger(label: String, level: Logger.Level) -> Logger {
        Logger(label: label) { name in JSONLines(label: name, level: level) { line in self.write(line) } }
    }
}
