/// Takes the parameters of one transform by name; what nobody took is refused at the end.
struct ParameterReader {
    let name: String
    private var left: [String: String] = [:]

    /// Throws where a key stands twice, or is longer than any.
    init(name: String, parameters: [Transform.Parameter]) throws(RedactionFault) {
        self.name = name
        for parameter in parameters {
            guard parameter.value.utf8.count <= 4_096 else {
                throw .transform(name: name, parameter: parameter.key, reason: "longer than 4096 bytes")
            }
            guard left.updateValue(parameter.value, forKey: parameter.key) == nil else {
                throw .transform(name: name, parameter: parameter.key, reason: "given twice; keep one")
            }
        }
    }

    mutating func text(_ key: String) -> String? {
        left.removeValue(forKey: key)
    }

    mutating func required(_ key: String, as what: String) throws(RedactionFault) -> String {
        guard let value = text(key) else { throw fault(key, "missing; give \(what)") }
        return value
    }

    mutating func whole(_ key: String, in range: ClosedRange<Int>, default fallback: Int) throws(RedactionFault) -> Int {
        guard let value = text(key) else { return fallback }
        guard let number = Int(value), range.contains(number), String(number) == value else {
            throw fault(key, "'\(value.prefix(40))' is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func flag(_ key: String, default fallback: Bool = false) throws(RedactionFault) -> Bool {
        guard let value = text(key) else { return fallback }
        guard value == "true" || value == "false" else { throw fault(key, "'\(value.prefix(40))' is not true or false") }
        return value == "true"
    }

    /// One of the raw values of an enum; the first choice where the key is absent and `isRequired` is false.
    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, of type: Choice.Type, default fallback: Choice?
    ) throws(RedactionFault) -> Choice where Choice.RawValue == String {
        let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        guard let value = text(key) else {
            guard let fallback else { throw fault(key, "missing; give one of \(names)") }
            return fallback
        }
        guard let choice = Choice(rawValue: value) else { throw fault(key, "'\(value.prefix(40))' is not one of \(names)") }
        return choice
    }

    func fault(_ key: String, _ reason: String) -> RedactionFault {
        .transform(name: name, parameter: key, reason: reason)
    }

    /// Refuses what is left over.
    func finish() throws(RedactionFault) {
        guard let extra = left.keys.min() else { return }
        throw fault(extra, "\(name) has no such parameter; remove it")
    }
}
