import Cryptography
import Vocabulary

/// Why a member of a JSON object is not what its definition says.
package enum MemberFault: Error, Hashable, Sendable {
    case notAnObject(String)
    case unknown(String)
    case missing(String)
    /// A member of another type, or outside its grammar or range.
    case invalid(String)
}

/// One object whose members are all known: anything that this program does not understand is refused, never skipped.
struct JSONObject {
    private let path: String
    private let members: [JSONMember]

    /// `path` names the object in faults. Names of unknown members come from outside and are not repeated.
    init(_ value: JSONValue, _ path: String, known: [String]) throws(MemberFault) {
        guard case .object(let members) = value else { throw .notAnObject(path) }
        for member in members where !known.contains(member.name) { throw .unknown(path) }
        self.path = path
        self.members = members
    }

    private func name(_ member: String) -> String {
        path.isEmpty ? member : path + "." + member
    }

    func optional(_ member: String) -> JSONValue? {
        members.first { $0.name == member }?.value
    }

    func value(_ member: String) throws(MemberFault) -> JSONValue {
        guard let value = optional(member) else { throw .missing(name(member)) }
        return value
    }

    func string(_ member: String) throws(MemberFault) -> String {
        guard case .string(let text) = try value(member) else { throw .invalid(name(member)) }
        return text
    }

    /// A string with a grammar of its own.
    func parsed<Value>(_ member: String, _ parse: (String) -> Value?) throws(MemberFault) -> Value {
        guard let value = parse(try string(member)) else { throw .invalid(name(member)) }
        return value
    }

    func optionalParsed<Value>(_ member: String, _ parse: (String) -> Value?) throws(MemberFault) -> Value? {
        optional(member) == nil ? nil : try parsed(member, parse)
    }

    /// A number of 0 or more.
    func number(_ member: String) throws(MemberFault) -> UInt64 {
        guard case .integer(let value) = try value(member), let number = UInt64(exactly: value) else { throw .invalid(name(member)) }
        return number
    }

    /// A number of 1 or more.
    func positive(_ member: String) throws(MemberFault) -> UInt64 {
        let value = try number(member)
        guard value > 0 else { throw .invalid(name(member)) }
        return value
    }

    func optionalPositive(_ member: String) throws(MemberFault) -> UInt64? {
        optional(member) == nil ? nil : try positive(member)
    }

    /// Whole seconds since 1970.
    func seconds(_ member: String) throws(MemberFault) -> Timestamp {
        guard case .integer(let value) = try value(member), value >= 0, let moment = Timestamp(seconds: value) else {
            throw .invalid(name(member))
        }
        return moment
    }

    func bool(_ member: String) throws(MemberFault) -> Bool {
        guard case .bool(let value) = try value(member) else { throw .invalid(name(member)) }
        return value
    }

    /// An array of strings, each different, each with its grammar.
    func list<Value: Hashable>(_ member: String, _ count: ClosedRange<Int>, _ parse: (String) -> Value?) throws(MemberFault) -> [Value] {
        guard case .array(let elements) = try value(member), count.contains(elements.count) else { throw .invalid(name(member)) }
        var values: [Value] = []
        var seen: Set<Value> = []
        for element in elements {
            guard case .string(let text) = element, let value = parse(text), seen.insert(value).inserted else {
                throw .invalid(name(member))
            }
            values.append(value)
        }
        return values
    }

    func optionalList<Value: Hashable>(
        _ member: String, _ count: ClosedRange<Int>, _ parse: (String) -> Value?
    ) throws(MemberFault) -> [Value]? {
        optional(member) == nil ? nil : try list(member, count, parse)
    }

    /// An array of objects.
    func objects(_ member: String, _ count: ClosedRange<Int>) throws(MemberFault) -> [JSONValue] {
        guard case .array(let elements) = try value(member), count.contains(elements.count) else { throw .invalid(name(member)) }
        return elements
    }
}

/// `sha256:` and 64 lower-case hexadecimal digits.
func prefixedDigest(_ text: String) -> Digest? {
    guard text.hasPrefix("sha256:") else { return nil }
    return Digest(hex: String(text.dropFirst("sha256:".count)))
}
