import Ledger

/// Metrics in the Prometheus text exposition format, version 0.0.4: for each metric its HELP, its TYPE, then its samples.
///
/// Names, label names and help are ours; label values come from closed lists of ours, too, and are escaped all the same.
struct MetricsText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    struct Sample: Sendable {
        let labels: [(name: String, value: String)]
        let value: String

        init(_ value: UInt64, _ labels: [(name: String, value: String)] = []) {
            self.labels = labels
            self.value = String(value)
        }

        init(_ value: Int, _ labels: [(name: String, value: String)] = []) {
            self.labels = labels
            self.value = String(value)
        }

        init(_ value: Double, _ labels: [(name: String, value: String)] = []) {
            self.labels = labels
            self.value = MetricsText.number(value)
        }
    }

    private(set) var text = ""

    /// Numbers that only grow; the name ends in `_total`.
    mutating func counter(_ name: String, _ help: String, _ samples: [Sample]) {
        family(name, "counter", help)
        for sample in samples { line(name, sample.labels, sample.value) }
    }

    mutating func gauge(_ name: String, _ help: String, _ samples: [Sample]) {
        family(name, "gauge", help)
        for sample in samples { line(name, sample.labels, sample.value) }
    }

    /// - Parameter perUnit: how many of what was observed make one unit of the metric: 10⁹ for nanoseconds shown as seconds.
    mutating func histogram(_ name: String, _ help: String, perUnit: Double, _ series: [(labels: [(name: String, value: String)], of: Histogram)]) {
        family(name, "histogram", help)
        for (labels, histogram) in series {
            let reading = histogram.reading
            let bounds = histogram.bounds.map { MetricsText.number(Double($0) / perUnit) } + ["+Inf"]
            for (bound, count) in zip(bounds, reading.cumulative) { line(name + "_bucket", labels + [("le", bound)], String(count)) }
            line(name + "_sum", labels, MetricsText.number(Double(reading.sum) / perUnit))
            line(name + "_count", labels, String(reading.cumulative.last ?? 0))
        }
    }

    private mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n"))\n# TYPE \(name) \(type)\n"
    }

    private mutating func line(_ name: String, _ labels: [(name: String, value: String)], _ value: String) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.name)=\"\(MetricsText.escaped($0.value))\"" }.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    /// Whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 9_007_199_254_740_992 ? String(Int64(value)) : String(value)
    }
}
