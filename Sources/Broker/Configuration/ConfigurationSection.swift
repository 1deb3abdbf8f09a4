import Yams

/// One mapping of the configuration file, which knows what has not been asked for yet.
struct ConfigurationSection {
    private let file: String
    private let path: String
    private var members: [(key: String, value: Node)]

    /// The top of a file.
    init(text: String, file: String) throws(BrokerFault) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            let problem = YAMLProblem(error)
            throw .document(file: file, line: problem.line, column: problem.column, reason: problem.reason)
        }
        guard let root else { throw .configuration(file: file, key: "(file)", reason: "is empty") }
        try self.init(node: root, file: file, path: "")
    }

    private init(node: Node, file: String, path: String) throws(BrokerFault) {
        guard case .mapping(let mapping) = node else {
            throw .configuration(file: file, key: path.isEmpty ? "(file)" : path, reason: "must be a mapping of keys to values")
        }
        self.file = file
        self.path = path
        members = []
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                throw .configuration(file: file, key: path.isEmpty ? "(file)" : path, reason: "has a key that is not text")
            }
            members.append((scalar.string, value))
        }
    }

    func fault(_ key: String, _ reason: String) -> BrokerFault {
        .configuration(file: file, key: path.isEmpty ? key : "\(path).\(key)", reason: reason)
    }

    private mutating func take(_ key: String) -> Node? {
        guard let index = members.firstIndex(where: { $0.key == key }) else { return nil }
        return members.remove(at: index).value
    }

    mutating func optionalSection(_ key: String) throws(BrokerFault) -> ConfigurationSection? {
        guard let node = take(key) else { return nil }
        return try ConfigurationSection(node: node, file: file, path: path.isEmpty ? key : "\(path).\(key)")
    }

    mutating func section(_ key: String) throws(BrokerFault) -> ConfigurationSection {
        guard let section = try optionalSection(key) else { throw fault(key, "is missing") }
        return section
    }

    mutating func optionalText(_ key: String) throws(BrokerFault) -> String? {
        guard let node = take(key) else { return nil }
        guard case .scalar(let scalar) = node else { throw fault(key, "must be a single value") }
        return scalar.string
    }

    mutating func text(_ key: String, where isAllowed: (String) -> Bool, rule: String) throws(BrokerFault) -> String {
        guard let text = try optionalText(key) else { throw fault(key, "is missing; give \(rule)") }
        guard isAllowed(text) else { throw fault(key, "is not \(rule)") }
        return text
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>) throws(BrokerFault) -> Int? {
        guard let text = try optionalText(key) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw fault(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// Refuses what nobody asked for.
    func end() throws(BrokerFault) {
        if let unknown = members.first {
            throw fault(unknown.key, "is not a key of this file; remove it or correct its spelling")
        }
    }
}
