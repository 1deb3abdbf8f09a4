import Logging

/// Log lines as JSON objects, one to a line: `time level label message` and the metadata, names in alphabetical order.
///
/// Callers pass codes, counts and identifiers of the registry only. Values of records, keys of searches and tokens are never log arguments;
/// a planted-value test greps for them.
struct JSONLines: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let sink: LogSink

    init(label: String, level: Logger.Level, sink: LogSink) {
        self.label = label
        self.logLevel = level
        self.sink = sink
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
        if let own = event.metadata { all.merge(own) { _, new in new } }
        var line = JSONLine(
            time: BrokerClock.system.now(), level: event.level.rawValue, label: label, message: event.message.description)
        for (key, value) in all.sorted(by: { $0.key < $1.key }) {
            line.raw(",")
            line.string(key)
            line.raw(":")
            JSONLines.add(value, to: &line)
        }
        sink.write(line.finished())
    }

    private static func add(_ value: Logger.MetadataValue, to line: inout JSONLine) {
        switch value {
        case .string(let text): line.string(text)
        case .stringConvertible(let other): line.string(other.description)
        case .array(let values):
            line.raw("[")
            for (index, value) in values.enumerated() {
                if index > 0 { line.raw(",") }
                add(value, to: &line)
            }
            line.raw("]")
        case .dictionary(let members):
            line.raw("{")
            for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { line.raw(",") }
                line.string(member.key)
                line.raw(":")
                add(member.value, to: &line)
            }
            line.raw("}")
        }
    }
}
