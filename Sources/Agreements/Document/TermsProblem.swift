/// One thing that is wrong, or doubtful, in a terms document: where, what, and what to do. Names fields and codes, never free text of the document.
package struct TermsProblem: Hashable, Sendable, CustomStringConvertible {
    package enum Severity: Hashable, Sendable {
        /// The terms cannot be used as they are.
        case error
        /// The terms can be used; a reviewer should ask about this.
        case warning
    }

    package let severity: Severity
    /// Where in the document, such as `datasets[uc.awards].fields[claimant.nino].transform`; empty for the document as a whole.
    package let path: String
    /// What is wrong, as a clause after the path: `is missing`.
    package let fault: String
    /// What to do, as a sentence.
    package let remedy: String

    package init(_ severity: Severity = .error, path: String, fault: String, remedy: String) {
        self.severity = severity
        self.path = path
        self.fault = fault
        self.remedy = remedy
    }

    package var description: String {
        "\(path.isEmpty ? "the document" : path) \(fault). \(remedy)"
    }
}
