import BrokerProtocol
import Yams

/// A YAML or JSON text as a tree of plain values, each with its line.
///
/// Scalars are read by the core schema of YAML 1.2 and no more: `null`, `~` and nothing are null, `true` and `false` are booleans, decimal
/// integers are integers, and everything else (dates, `yes`, `0x10`, quoted text) is text. Anchors are expanded within the limits.
package enum YAMLDocument {
    package static func parse(_ bytes: [UInt8], file: String, limits: BrokerLimits = BrokerLimits()) throws(BrokerFault) -> Concordat_V1_DocumentNode {
        try parse(TextFile.text(bytes, file: file), file: file, limits: limits)
    }

    package static func parse(_ text: String, file: String, limits: BrokerLimits = BrokerLimits()) throws(BrokerFault) -> Concordat_V1_DocumentNode {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            let problem = YAMLProblem(error)
            throw .document(file: file, line: problem.line, column: problem.column, reason: problem.reason)
        }
        guard let root else { throw .document(file: file, line: 1, reason: "is empty") }
        var reading = Reading(file: file, limits: limits)
        return try reading.convert(root, depth: 1)
    }

    private struct Reading {
        let file: String
        let limits: BrokerLimits
        var nodes = 0

        mutating func convert(_ node: Node, depth: Int) throws(BrokerFault) -> Concordat_V1_DocumentNode {
            let line = node.mark?.line ?? 0
            nodes += 1
            guard nodes <= limits.documentNodes else {
                throw .document(file: file, line: line, reason: "holds more than \(limits.documentNodes) values; split it")
            }
            guard depth <= limits.documentDepth else {
                throw .document(file: file, line: line, reason: "is nested deeper than \(limits.documentDepth) levels")
            }
            var result = Concordat_V1_DocumentNode()
            result.line = UInt32(clamping: line)
            switch node {
            case .scalar(let scalar): result.value = YAMLDocument.value(of: scalar)
            case .sequence(let sequence):
                var items = Concordat_V1_DocumentNode.Sequence()
                for item in sequence { items.items.append(try convert(item, depth: depth + 1)) }
                result.sequence = items
            case .mapping(let mapping): result.mapping = try members(mapping, line: line, depth: depth)
            case .alias: throw .document(file: file, line: line, reason: "refers to an anchor that is not defined")
            }
            return result
        }

        private mutating func members(
            _ mapping: Node.Mapping, line: Int, depth: Int
        ) throws(BrokerFault) -> Concordat_V1_DocumentNode.Mapping {
            var result = Concordat_V1_DocumentNode.Mapping()
            var seen: Set<String> = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key else {
                    throw .document(file: file, line: key.mark?.line ?? line, reason: "a key must be text")
                }
                guard seen.insert(name.string).inserted else {
                    throw .document(file: file, line: key.mark?.line ?? line, reason: "the key \(name.string) stands there twice")
                }
                var member = Concordat_V1_DocumentNode.Member()
                member.name = name.string
                member.value = try convert(value, depth: depth + 1)
                result.members.append(member)
            }
            return result
        }
    }

    private static func value(of scalar: Node.Scalar) -> Concordat_V1_DocumentNode.OneOf_Value {
        guard scalar.style == .plain || scalar.style == .any else { return .text(scalar.string) }
        switch scalar.string {
        case "", "~", "null": return .null(.nullValue)
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        default: return integer(scalar.string).map { .integer($0) } ?? .text(scalar.string)
        }
    }

    /// Decimal, without a leading zero or plus, so that `007` and phone numbers stay text.
    private static func integer(_ text: String) -> Int64? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            digits == "0" || digits.first != "0"
        else { return nil }
        return Int64(text)
    }
}
