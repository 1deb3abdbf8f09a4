import Cryptography
import Vocabulary

/// Holds a document against a shape: finds every problem, and gives the canonical form of what is right. In canonical form maps follow the
/// shape's order, keyed lists and sets are sorted, flags are written out, texts have no white space at their ends, and empty lists are left out.
struct TermsCheck {
    private(set) var problems: [TermsProblem] = []

    /// The canonical document; throws every problem found.
    static func canonical(_ node: DocumentNode, _ shape: TermsShape) throws(TermsFault) -> DocumentNode {
        var check = TermsCheck()
        let result = check.message(node, shape, at: "", depth: 0)
        guard check.problems.isEmpty, let result else { throw .problems(check.problems) }
        return result
    }

    private mutating func report(_ code: TermsProblem.Code, _ path: String, _ fault: String, _ remedy: String) {
        guard problems.count < TermsLimits.maxProblems else { return }
        problems.append(TermsProblem(code, path: path, fault: fault, remedy: remedy))
    }

    private mutating func message(_ node: DocumentNode, _ shape: TermsShape, at path: String, depth: Int) -> DocumentNode? {
        guard depth <= 2 * TermsLimits.filterDepth + 4 else {
            report(.tooDeep, path, "is nested too deep", "Use at most \(TermsLimits.filterDepth) levels of and/or.")
            return nil
        }
        guard case .map(let entries) = node else {
            report(.malformed, path, "is not a set of keys", "Write it as key: value lines (\(shape.fields.map(\.key).joined(separator: ", "))).")
            return nil
        }
        let values = known(entries, shape, at: path)
        var result: [DocumentEntry] = []
        for field in shape.fields {
            let place = path.isEmpty ? field.key : "\(path).\(field.key)"
            guard let canonical = present(values[field.key], field, at: place, isChoice: shape.isChoice, depth: depth) else { continue }
            result.append(DocumentEntry(key: field.key, value: canonical))
        }
        if shape.isChoice, values.count != 1 {
            report(.contradiction, path, "has \(values.count) of its kinds", "Write exactly one of \(shape.fields.map(\.key).joined(separator: ", ")).")
        }
        return .map(result)
    }

    /// The entries whose key the shape has, once each.
    private mutating func known(_ entries: [DocumentEntry], _ shape: TermsShape, at path: String) -> [String: DocumentNode] {
        var values: [String: DocumentNode] = [:]
        for entry in entries {
            let place = path.isEmpty ? shown(entry.key) : "\(path).\(shown(entry.key))"
            guard shape.field(entry.key) != nil else {
                let hint = suggestion(for: entry.key, among: shape.fields.map(\.key))
                report(.unknownKey, place, "is not a key of this part", "Remove it or correct its spelling.\(hint)")
                continue
            }
            guard values.updateValue(entry.value, forKey: entry.key) == nil else {
                report(.duplicate, place, "is written twice", "Keep one of them.")
                continue
            }
        }
        return values
    }

    private mutating func present(
        _ node: DocumentNode?, _ field: TermsField, at path: String, isChoice: Bool, depth: Int
    ) -> DocumentNode? {
        switch (field.presence, node) {
        case (.list(let range), let node):
            if isChoice, node == nil { return nil }
            return list(node ?? .list([]), field, range, at: path, depth: depth)
        case (.optional, .list(let parts)?) where field.kind.isChoice:
            return conjunction(parts, field, at: path, depth: depth)
        case (.required, let node?), (.optional, let node?):
            let value = single(node, field.kind, at: path, depth: depth)
            // An optional part with nothing in it is the same as no such part, and has one spelling.
            if case .optional = field.presence, case .map(let entries)? = value, entries.isEmpty { return nil }
            return value
        case (.required, nil):
            if case .flag = field.kind { return .bool(false) }
            // YAML reads a bare null as no value, and one transform has this name.
            let isTransform = if case .name(.transform) = field.kind { true } else { false }
            if !isChoice { report(.missing, path, "is missing", isTransform ? "Add it; the transform null needs quotation marks." : "Add it.") }
            return nil
        case (.optional, nil):
            if case .flag = field.kind { return .bool(false) }
            return nil
        }
    }

    /// Several row filters, all of which must hold: another spelling of `and`, and of the filter itself where there is one.
    private mutating func conjunction(_ parts: [DocumentNode], _ field: TermsField, at path: String, depth: Int) -> DocumentNode? {
        let most = TermsLimits.filterBranches.upperBound
        guard (1...most).contains(parts.count) else {
            let remedy = "Give 1 to \(most), all of which must hold; leave the key out where every row may leave."
            report(parts.isEmpty ? .missing : .outOfRange, path, parts.isEmpty ? "is an empty list" : "has \(parts.count) elements", remedy)
            return nil
        }
        var filters: [DocumentNode] = []
        for (index, part) in parts.enumerated() {
            guard let filter = single(part, field.kind, at: "\(path)[\(index)]", depth: depth + 1) else { continue }
            filters.append(filter)
        }
        guard filters.count > 1 else { return filters.first }
        return .map([DocumentEntry(key: "and", value: .list(filters))])
    }

    private mutating func list(
        _ node: DocumentNode, _ field: TermsField, _ range: ClosedRange<Int>, at path: String, depth: Int
    ) -> DocumentNode? {
        guard case .list(let elements) = node else {
            report(.malformed, path, "is not a list", "Write its elements as lines that start with a hyphen.")
            return nil
        }
        guard range.contains(elements.count) else {
            let fault = elements.isEmpty ? "is missing" : "has \(elements.count) elements"
            report(elements.isEmpty ? .missing : .outOfRange, path, fault, "Give \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        var result: [(order: [UInt8], node: DocumentNode)] = []
        for (index, element) in elements.enumerated() {
            let name = name(of: element, field.kind) ?? String(index)
            guard let value = single(element, field.kind, at: "\(path)[\(name)]", depth: depth + 1) else { continue }
            result.append((order(of: value, field.kind), value))
        }
        guard isSet(field.kind) else { return result.isEmpty ? nil : .list(result.map(\.node)) }
        result.sort { $0.order.lexicographicallyPrecedes($1.order) }
        for (left, right) in zip(result, result.dropFirst()) where left.order == right.order {
            report(.duplicate, "\(path)[\(name(of: right.node, field.kind) ?? "")]", "is listed twice", "Keep one of them.")
        }
        return result.isEmpty ? nil : .list(result.map(\.node))
    }

    private mutating func single(_ node: DocumentNode, _ kind: TermsKind, at path: String, depth: Int) -> DocumentNode? {
        switch kind {
        case .text(let max): return text(node, max: max, oneLine: false, at: path)
        case .label(let max): return text(node, max: max, oneLine: true, at: path)
        case .code(let entries): return code(node, entries, at: path)
        case .number(let range): return number(node, range, at: path)
        case .flag: return flag(node, at: path)
        case .date: return date(node, at: path)
        case .digest: return digest(node, at: path)
        case .name(let grammar): return name(node, grammar, at: path)
        case .literal: return literal(node, max: TermsLimits.labelBytes, at: path)
        case .parameters: return parameters(node, at: path)
        case .message(let shape): return message(node, shape(), at: path, depth: depth + 1)
        }
    }
}

// The leaves.
extension TermsCheck {
    private mutating func text(_ node: DocumentNode, max: Int, oneLine: Bool, at path: String) -> DocumentNode? {
        guard case .string(let written) = node else {
            report(.malformed, path, "is not text", "Write text; put it in quotation marks if it looks like a number, yes or no.")
            return nil
        }
        let text = trimmed(written)
        if let (fault, remedy) = faultOfText(text, max: max, oneLine: oneLine) {
            report(.malformed, path, fault, remedy)
            return nil
        }
        return .string(text)
    }

    private mutating func code(_ node: DocumentNode, _ entries: [TermsCodeEntry], at path: String) -> DocumentNode? {
        let slugs = entries.map(\.slug)
        guard case .string(let slug) = node, slugs.contains(slug) else {
            let hint = suggestion(for: node.string ?? "", among: slugs)
            report(.malformed, path, "is not one of the words allowed here", "Write one of: \(slugs.joined(separator: ", ")).\(hint)")
            return nil
        }
        return .string(slug)
    }

    private mutating func number(_ node: DocumentNode, _ range: ClosedRange<UInt64>, at path: String) -> DocumentNode? {
        guard case .int(let written) = node, let value = UInt64(exactly: written), range.contains(value) else {
            report(.outOfRange, path, "is not a whole number in range", "Write a number from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return node
    }

    private mutating func flag(_ node: DocumentNode, at path: String) -> DocumentNode? {
        guard case .bool = node else {
            report(.malformed, path, "is neither true nor false", "Write true or false without quotation marks.")
            return nil
        }
        return node
    }

    private mutating func date(_ node: DocumentNode, at path: String) -> DocumentNode? {
        guard case .string(let text) = node, CalendarDate(text) != nil else {
            report(.malformed, path, "is not a date", "Write a day that exists as YYYY-MM-DD.")
            return nil
        }
        return node
    }

    private mutating func digest(_ node: DocumentNode, at path: String) -> DocumentNode? {
        guard case .string(let text) = node, Digest(hex: text) != nil else {
            report(
                .malformed, path, "is not a digest",
                "Write the 64 lower-case hexadecimal digits of a SHA-256; that of a dataset's schema is printed by `concordat catalogue describe`.")
            return nil
        }
        return node
    }

    private mutating func name(_ node: DocumentNode, _ grammar: NameGrammar, at path: String) -> DocumentNode? {
        guard case .string(let text) = node, grammar.admits(text) else {
            report(.malformed, path, "is not well formed", "Write \(grammar.form).")
            return nil
        }
        return node
    }

    private mutating func literal(_ node: DocumentNode, max: Int, at path: String) -> DocumentNode? {
        let text: String
        switch node {
        case .string(let written): text = written
        case .int(let value): text = String(value)
        case .bool(let value): text = value ? "true" : "false"
        case .list, .map:
            report(.malformed, path, "is not a single value", "Write text, a whole number, true or false.")
            return nil
        }
        if let (fault, remedy) = faultOfText(text, max: max, oneLine: true) {
            report(.malformed, path, fault, remedy)
            return nil
        }
        return .string(text)
    }

    private mutating func parameters(_ node: DocumentNode, at path: String) -> DocumentNode? {
        guard case .map(let entries) = node, entries.count <= TermsLimits.parameters else {
            report(.malformed, path, "is not a set of at most \(TermsLimits.parameters) parameters", "Write name: value lines.")
            return nil
        }
        var result: [DocumentEntry] = []
        for entry in entries {
            let place = "\(path).\(shown(entry.key))"
            guard TransformName(entry.key) != nil else {
                report(.malformed, place, "is not a parameter's name", "Use lower-case letters, digits, hyphens and underscores.")
                continue
            }
            guard let value = literal(entry.value, max: TermsLimits.parameterBytes, at: place) else { continue }
            result.append(DocumentEntry(key: entry.key, value: value))
        }
        result.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        for (left, right) in zip(result, result.dropFirst()) where left.key == right.key {
            report(.duplicate, "\(path).\(right.key)", "is written twice", "Keep one of them.")
        }
        return .map(result)
    }
}

// Names and order of list elements.
extension TermsCheck {
    /// How a path names an element: by its key or its own text where that is an identifier.
    private func name(of node: DocumentNode, _ kind: TermsKind) -> String? {
        let text: String?
        switch kind {
        case .message(let shape): text = shape().key.flatMap { node[$0]?.string }
        case .name, .code: text = node.string
        default: text = nil
        }
        guard let text, isIdentifierLike(text) else { return nil }
        return text
    }

    private func isSet(_ kind: TermsKind) -> Bool {
        switch kind {
        case .message(let shape): shape().key != nil
        case .name, .code, .literal, .label: true
        default: false
        }
    }

    private func order(of node: DocumentNode, _ kind: TermsKind) -> [UInt8] {
        switch kind {
        case .message(let shape): Array((shape().key.flatMap { node[$0]?.string } ?? "").utf8)
        case .code(let entries): [UInt8(truncatingIfNeeded: entries.first { $0.slug == node.string }?.number ?? 0)]
        default: Array((node.string ?? "").utf8)
        }
    }

    /// A key of the document as it may be shown: anything that does not look like a key could be text that belongs nowhere else.
    private func shown(_ key: String) -> String {
        isIdentifierLike(key) ? key : "(a key that is not a word)"
    }
}

private func isIdentifierLike(_ text: String) -> Bool {
    (1...128).contains(text.utf8.count) && NameGrammar.dataset.admits(String(text.prefix(64))) && NameGrammar.dataset.admits(String(text.suffix(64)))
}
