import Yams

/// One mapping of the configuration file. A key that is not among those of the mapping is refused before any value is looked at: a key that is missing
/// may be one that was misspelt.
struct ConfigurationSection {
    private let file: String
    private let path: String
    private var members: [String: Node]

    /// The top of a file.
    init(text: String, file: String, keys: Set<String>) throws(BrokerFault) {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            let problem = YAMLProblem(error)
            throw .document(file: file, line: problem.line, column: problem.column, reason: problem.reason)
        }
        guard let root else { throw .configuration(file: file, key: "(file)", reason: "is empty") }
        try self.init(node: root, file: file, path: "", keys: keys)
    }

    private init(node: Node, file: String, path: String, keys: Set<String>) throws(BrokerFault) {
        guard case .mapping(let mapping) = node else {
            throw .configuration(file: file, key: path.isEmpty ? "(file)" : path, reason: "must be a mapping of keys to values")
        }
        self.file = file
        self.path = path
        members = [:]
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                throw .configuration(file: file, key: path.isEmpty ? "(file)" : path, reason: "has a key that is not text")
            }
            guard keys.contains(scalar.string) else {
                throw fault(scalar.string, "is not a key of this file; remove it or correct its spelling")
            }
            guard members.updateValue(value, forKey: scalar.string) == nil else { throw fault(scalar.string, "stands twice; remove one") }
        }
    }

    func fault(_ key: String, _ reason: String) -> BrokerFault {
        .configuration(file: file, key: path.isEmpty ? key : "\(path).\(key)", reason: reason)
    }

    func optionalSection(_ key: String, keys: Set<String>) throws(BrokerFault) -> ConfigurationSection? {
        guard let node = members[key] else { return nil }
        return try ConfigurationSection(node: node, file: file, path: path.isEmpty ? key : "\(path).\(key)", keys: keys)
    }

    func section(_ key: String, keys: Set<String>) throws(BrokerFault) -> ConfigurationSection {
        guard let section = try optionalSection(key, keys: keys) else { throw fault(key, "is missing") }
        return section
    }

    func optionalText(_ key: String) throws(BrokerFault) -> String? {
        guard let node = members[key] else { return nil }
        guard case .scalar(let scalar) = node else { throw fault(key, "must be a single value") }
        return scalar.string
    }

    func text(_ key: String, where isAllowed: (String) -> Bool, rule: String) throws(BrokerFault) -> String {
        guard let text = try optionalText(key) else { throw fault(key, "is missing; give \(rule)") }
        guard isAllowed(text) else { throw fault(key, "is not \(rule)") }
        return text
    }

    func integer(_ key: String, in range: ClosedRange<Int>) throws(BrokerFault) -> Int? {
        guard let text = try optionalText(key) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw fault(key, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}
