import BrokerProtocol
import Cryptography
import SwiftProtobuf

/// What the bytes of each request message may be, taken from the embedded descriptor set. Requests are read strictly: an unknown field, a
/// field of another wire type, a singular field twice, two members of a oneof, a number that its type does not hold, an undefined enum value
/// and an overlong varint are refused, each with the path of the field. A protobuf library would skip or repair them without a word.
final class RequestGrammar: Sendable {
    enum Kind: Sendable {
        case uint64, int64, uint32, int32, bool
        case enumeration(Set<Int32>)
        case string, bytes
        case message(Int)
    }

    struct Field: Sendable {
        let name: String
        let kind: Kind
        let isRepeated: Bool
        /// Members of one group exclude one another; -1 for none.
        let group: Int
        /// Place among the singular fields of its message.
        let bit: Int
    }

    struct Message: Sendable {
        let name: String
        /// Indexed by field number; our messages number their fields below 64.
        var fields: [Field?]
    }

    /// Deepest nesting of messages in a request: 64 levels (attacks.md, D5).
    static let maxDepth = 64
    static let maxFieldNumber = 63

    let messages: [Message]
    private let indexes: [String: Int]

    /// The grammar of `concordat.v1`. Traps when the embedded set is damaged: it is part of the program.
    static let concordat = RequestGrammar(base64: DescriptorSet.base64)

    init(base64: String) {
        guard let bytes = Base64.decode(base64) else { preconditionFailure("the embedded descriptor set is base64") }
        let set: Google_Protobuf_FileDescriptorSet
        do {
            set = try Google_Protobuf_FileDescriptorSet(serializedBytes: bytes)
        } catch {
            preconditionFailure("the embedded descriptor set does not parse: \(error)")
        }
        var types = Types()
        for file in set.file {
            for message in file.messageType { types.declare(message, in: "." + file.package) }
            for enumeration in file.enumType { types.declare(enumeration, in: "." + file.package) }
        }
        messages = types.declared.map { name, descriptor in types.message(name, descriptor) }
        indexes = types.indexes
    }

    /// The number of a message such as `concordat.v1.QueryRequest`. Traps on a name that the descriptor set does not have.
    func index(of fullName: String) -> Int {
        guard let index = indexes["." + fullName] else { preconditionFailure("no message \(fullName) in the descriptor set") }
        return index
    }

    /// Every type of the set by its full name, with a leading dot.
    private struct Types {
        var declared: [(name: String, descriptor: Google_Protobuf_DescriptorProto)] = []
        var indexes: [String: Int] = [:]
        var enumerations: [String: Set<Int32>] = [:]

        mutating func declare(_ message: Google_Protobuf_DescriptorProto, in scope: String) {
            let name = scope + "." + message.name
            indexes[name] = declared.count
            declared.append((name, message))
            for nested in message.nestedType { declare(nested, in: name) }
            for nested in message.enumType { declare(nested, in: name) }
        }

        mutating func declare(_ enumeration: Google_Protobuf_EnumDescriptorProto, in scope: String) {
            enumerations[scope + "." + enumeration.name] = Set(enumeration.value.map(\.number))
        }

        func message(_ name: String, _ descriptor: Google_Protobuf_DescriptorProto) -> Message {
            var result = Message(name: name, fields: Array(repeating: nil, count: RequestGrammar.maxFieldNumber + 1))
            for (position, field) in descriptor.field.enumerated() {
                precondition(Int(field.number) <= RequestGrammar.maxFieldNumber, "fields of \(name) are numbered up to 63")
                result.fields[Int(field.number)] = Field(
                    name: field.name, kind: kind(field), isRepeated: field.label == .repeated,
                    group: field.hasOneofIndex && !field.proto3Optional ? Int(field.oneofIndex) : -1, bit: position)
            }
            return result
        }

        private func kind(_ field: Google_Protobuf_FieldDescriptorProto) -> Kind {
            switch field.type {
            case .uint64: .uint64
            case .int64: .int64
            case .uint32: .uint32
            case .int32: .int32
            case .bool: .bool
            case .string: .string
            case .bytes: .bytes
            case .enum: .enumeration(enumerations[field.typeName] ?? [])
            case .message:
                if let index = indexes[field.typeName] { .message(index) } else { preconditionFailure("unknown type \(field.typeName)") }
            default: preconditionFailure("our services do not use type \(field.type)")
            }
        }
    }
}
