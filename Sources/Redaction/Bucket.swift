/// T10. A number becomes the label of the half-open range [edge, next edge) that holds it. Comparison is exact; give money in pence, or as decimal
/// text.
package struct Bucket: Hashable, Sendable {
    package enum OutOfRange: String, Hashable, CaseIterable, Sendable {
        /// The value is an error, as `on_error` says.
        case drop
        /// The first or last label.
        case clamp
    }

    let edges: [ExactDecimal]
    package let labels: [String]
    package let outOfRange: OutOfRange

    init(_ reader: inout ParameterReader) throws(RedactionFault) {
        let text = try reader.required("edges", as: "ascending numbers, such as 0,100,250,500")
        var edges: [ExactDecimal] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let edge = ExactDecimal(String(part)), edges.last.map({ $0 < edge }) ?? true, edges.count < 64 else {
                throw reader.fault("edges", "give 2 to 64 numbers in ascending order, with commas between")
            }
            edges.append(edge)
        }
        guard edges.count >= 2 else { throw reader.fault("edges", "give 2 to 64 numbers in ascending order, with commas between") }
        if let text = reader.text("labels") {
            labels = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let printable = labels.allSatisfy { label in
                (1...64).contains(label.utf8.count) && label.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
            }
            guard labels.count == edges.count - 1, Set(labels).count == labels.count, printable else {
                throw reader.fault("labels", "give \(edges.count - 1) different labels, one for each range, with commas between")
            }
        } else {
            labels = (1..<edges.count).map { "\(edges[$0 - 1].text) to under \(edges[$0].text)" }
        }
        outOfRange = try reader.choice("out_of_range", of: OutOfRange.self, default: .drop)
        self.edges = edges
    }

    var parameters: [Transform.Parameter] {
        [
            Transform.Parameter("edges", edges.map(\.text).joined(separator: ",")),
            Transform.Parameter("labels", labels.joined(separator: ",")),
            Transform.Parameter("out_of_range", outOfRange.rawValue),
        ]
    }

    /// Appends the label, or refuses.
    func apply(_ value: ExactDecimal, into output: inout [UInt8]) -> Bool {
        // The number of edges that the value has reached.
        var reached = 0
        for edge in edges where !(value < edge) { reached += 1 }
        if reached == 0 || reached == edges.count {
            guard outOfRange == .clamp else { return false }
            reached = min(max(reached, 1), labels.count)
        }
        output.append(contentsOf: labels[reached - 1].utf8)
        return true
    }
}
