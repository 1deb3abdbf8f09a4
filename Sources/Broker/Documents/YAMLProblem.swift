import Yams

/// Where a text is not YAML, and why: without a word of the text, which may hold a key or somebody's name where it should not.
package struct YAMLProblem: Hashable, Sendable {
    /// From 1; 0 where the place is not known. Columns count characters (Unicode scalars).
    package let line: Int
    package let column: Int
    package let reason: String

    /// - Parameter fault: what the parser threw.
    package init(_ fault: any Error) {
        guard let fault = fault as? YamlError else {
            self.init(nil, "it cannot be read")
            return
        }
        switch fault {
        // The parser's sentences are fixed texts.
        case .scanner(_, let problem, let mark, let text), .parser(_, let problem, let mark, let text), .composer(_, let problem, let mark, let text):
            let isTab = YAMLProblem.beginsWithTab(line: mark.line, of: text)
            self.init((mark.line, mark.column), isTab ? "the line begins with a tab; indent with spaces" : problem)
        case .duplicatedKeysInMapping(_, let context): self.init((context.mark.line, context.mark.column), "a key stands there twice in one mapping; keep one of them")
        case .reader(let problem, let offset, _, let text):
            guard let offset, offset <= text.count else {
                self.init(nil, problem)
                return
            }
            let place = TextPlace(after: text.prefix(offset).unicodeScalars)
            self.init((place.line, place.column), problem)
        case .memory: self.init(nil, "there is too little memory to read it")
        case .no, .writer, .emitter, .representer, .dataCouldNotBeDecoded: self.init(nil, "it cannot be read")
        }
    }

    /// YAML 1.2 section 6.1 has no tabs in indentation; what the parser makes of one depends on what stands around it.
    private static func beginsWithTab(line: Int, of text: String) -> Bool {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.indices.contains(line - 1) else { return false }
        return lines[line - 1].prefix { $0 == " " || $0 == "\t" }.contains("\t")
    }

    private init(_ place: (line: Int, column: Int)?, _ reason: String) {
        line = place?.line ?? 0
        column = place?.column ?? 0
        self.reason = "is not YAML: " + reason
    }
}
