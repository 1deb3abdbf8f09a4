import Cryptography
import Vocabulary

/// Typed access to one map of a checked document. What the check admitted is there and converts; anything else is reported, not trapped.
struct TermsReader {
    private let values: [String: DocumentNode]

    init(_ node: DocumentNode) {
        guard case .map(let entries) = node else {
            values = [:]
            return
        }
        values = Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
    }

    private func missing(_ key: String) -> TermsFault {
        .problems([TermsProblem(.missing, path: key, fault: "is missing or malformed", remedy: "Add it.")])
    }

    func optional<Value>(_ key: String, _ convert: (String) -> Value?) -> Value? {
        values[key]?.string.flatMap(convert)
    }

    func required<Value>(_ key: String, _ convert: (String) -> Value?) throws(TermsFault) -> Value {
        guard let value = optional(key, convert) else { throw missing(key) }
        return value
    }

    func all<Value>(_ key: String, _ convert: (String) -> Value?) -> [Value] {
        (values[key]?.elements ?? []).compactMap { $0.string.flatMap(convert) }
    }

    func text(_ key: String) throws(TermsFault) -> String { try required(key) { $0 } }
    func optionalText(_ key: String) -> String? { optional(key) { $0 } }
    func texts(_ key: String) -> [String] { all(key) { $0 } }

    func date(_ key: String) throws(TermsFault) -> CalendarDate { try required(key, CalendarDate.init(_:)) }
    func optionalDate(_ key: String) -> CalendarDate? { optional(key, CalendarDate.init(_:)) }

    func digest(_ key: String) throws(TermsFault) -> Digest { try required(key) { Digest(hex: $0) } }

    func code<Code: TermsCode>(_ key: String) throws(TermsFault) -> Code { try required(key, Code.init(rawValue:)) }
    func optionalCode<Code: TermsCode>(_ key: String) -> Code? { optional(key, Code.init(rawValue:)) }
    func codes<Code: TermsCode>(_ key: String) -> [Code] { all(key, Code.init(rawValue:)) }

    func optionalNumber(_ key: String) -> UInt64? {
        guard case .int(let value)? = values[key] else { return nil }
        return UInt64(exactly: value)
    }

    func number(_ key: String) throws(TermsFault) -> UInt64 {
        guard let value = optionalNumber(key) else { throw missing(key) }
        return value
    }

    func optionalVersion(_ key: String) -> AgreementVersion? {
        optionalNumber(key).flatMap { UInt32(exactly: $0) }.flatMap { AgreementVersion($0) }
    }

    func version(_ key: String) throws(TermsFault) -> AgreementVersion {
        guard let value = optionalVersion(key) else { throw missing(key) }
        return value
    }

    func flag(_ key: String) -> Bool {
        values[key] == .bool(true)
    }

    func parameters(_ key: String) -> [TransformParameter] {
        guard case .map(let entries)? = values[key] else { return [] }
        return entries.compactMap { entry in entry.value.string.map { TransformParameter(name: entry.key, value: $0) } }
    }

    func optionalPart<Value>(_ key: String, _ make: (TermsReader) throws(TermsFault) -> Value) throws(TermsFault) -> Value? {
        guard let node = values[key] else { return nil }
        return try make(TermsReader(node))
    }

    func part<Value>(_ key: String, _ make: (TermsReader) throws(TermsFault) -> Value) throws(TermsFault) -> Value {
        guard let node = values[key] else { throw missing(key) }
        return try make(TermsReader(node))
    }

    func parts<Value>(_ key: String, _ make: (TermsReader) throws(TermsFault) -> Value) throws(TermsFault) -> [Value] {
        var result: [Value] = []
        for node in values[key]?.elements ?? [] { result.append(try make(TermsReader(node))) }
        return result
    }
}
