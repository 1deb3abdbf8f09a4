import BrokerProtocol

/// One mapping of a document, read key by key; it knows what has not been asked for yet, so that a misspelt key is never ignored.
struct DocumentSection {
    let file: String
    let line: Int
    private var members: [Concordat_V1_DocumentNode.Member]

    init(_ node: Concordat_V1_DocumentNode, file: String, what: String) throws(BrokerFault) {
        guard case .mapping(let mapping) = node.value else {
            throw .document(file: file, line: Int(node.line), reason: "\(what) must be a mapping of keys to values")
        }
        self.file = file
        line = Int(node.line)
        members = mapping.members
    }

    mutating func take(_ key: String) -> Concordat_V1_DocumentNode? {
        guard let index = members.firstIndex(where: { $0.name == key }) else { return nil }
        return members.remove(at: index).value
    }

    mutating func text(_ key: String) throws(BrokerFault) -> String? {
        guard let node = take(key) else { return nil }
        switch node.value {
        case .text(let text): return text
        case .integer(let value): return String(value)
        case .null: return nil
        default: throw fault(node, "\(key) must be text")
        }
    }

    mutating func requiredText(_ key: String) throws(BrokerFault) -> String {
        guard let text = try text(key) else { throw .document(file: file, line: line, reason: "\(key) is missing; add it") }
        return text
    }

    mutating func flag(_ key: String) throws(BrokerFault) -> Bool {
        guard let node = take(key) else { return false }
        guard case .boolean(let value) = node.value else { throw fault(node, "\(key) must be true or false") }
        return value
    }

    mutating func number(_ key: String, in range: ClosedRange<Int64>) throws(BrokerFault) -> Int64? {
        guard let node = take(key) else { return nil }
        guard case .integer(let value) = node.value, range.contains(value) else {
            throw fault(node, "\(key) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A list of texts, or one text standing for a list of one.
    mutating func texts(_ key: String) throws(BrokerFault) -> [String] {
        guard let node = take(key) else { return [] }
        switch node.value {
        case .text(let text): return [text]
        case .sequence(let sequence):
            var result: [String] = []
            for item in sequence.items {
                guard case .text(let text) = item.value else { throw fault(item, "\(key) must be a list of texts") }
                result.append(text)
            }
            return result
        case .null: return []
        default: throw fault(node, "\(key) must be a list of texts")
        }
    }

    /// What nobody has asked for: free-form members.
    mutating func rest() -> [Concordat_V1_DocumentNode.Member] {
        defer { members = [] }
        return members
    }

    func fault(_ node: Concordat_V1_DocumentNode, _ reason: String) -> BrokerFault {
        .document(file: file, line: node.line > 0 ? Int(node.line) : line, reason: reason)
    }

    func end() throws(BrokerFault) {
        if let unknown = members.first {
            throw fault(unknown.value, "\(unknown.name) is not a key of this part; remove it or correct its spelling")
        }
    }
}
