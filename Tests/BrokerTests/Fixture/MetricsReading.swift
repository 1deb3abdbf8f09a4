import Foundation

/// A strict reader of the Prometheus text format 0.0.4: every family has HELP, then TYPE, then its samples together; names, labels and values have
/// the written grammar; histograms are cumulative and end in +Inf.
struct MetricsReading {
    enum Fault: Error, Equatable { case line(Int, String) }

    /// Samples by name and labels as written.
    private(set) var samples: [String: Double] = [:]
    private(set) var types: [String: String] = [:]

    init(_ text: String) throws {
        guard text.hasSuffix("\n"), !text.hasSuffix("\n\n") else { throw Fault.line(0, "the text ends in one line feed") }
        var family: String?
        var helped: String?
        for (index, line) in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            func fault(_ what: String) -> Fault { .line(index + 1, what) }
            if let help = line.wholeMatch(of: /# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)/) {
                guard types[String(help.1)] == nil else { throw fault("a family appears twice") }
                helped = String(help.1)
            } else if let type = line.wholeMatch(of: /# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)/) {
                guard helped == String(type.1) else { throw fault("TYPE without HELP") }
                guard type.2 != "counter" || type.1.hasSuffix("_total") else { throw fault("a counter's name ends in _total") }
                family = helped
                types[String(type.1)] = String(type.2)
            } else {
                try add(line, of: family, fault)
            }
        }
        try checkHistograms()
    }

    private mutating func add(_ line: Substring, of family: String?, _ fault: (String) -> Fault) throws {
        let pattern = /([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*")*\})? ([-+0-9.eE]+)/
        guard let found = line.wholeMatch(of: pattern), let value = Double(found.3) else { throw fault("no sample: \(line)") }
        guard let family, let type = types[family] else { throw fault("a sample before its TYPE") }
        let names = type == "histogram" ? ["_bucket", "_sum", "_count"].map { family + $0 } : [family]
        guard names.contains(String(found.1)) else { throw fault("a sample outside its family") }
        let name = String(found.1) + String(found.2 ?? "")
        guard samples.updateValue(value, forKey: name) == nil else { throw fault("a sample appears twice") }
    }

    private func checkHistograms() throws {
        for (name, value) in samples {
            guard let infinite = name.firstRange(of: /,?le="\+Inf"/) else { continue }
            let labels = name.replacingCharacters(in: infinite, with: "").replacing("{}", with: "").replacing("_bucket", with: "_count")
            guard samples[labels] == value else { throw Fault.line(0, "\(name) is not \(labels)") }
        }
    }
}
