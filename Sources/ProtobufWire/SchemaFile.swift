import Cryptography

/// A record schema as a partner can load it: one proto3 file whose root message is the record, in the form of a canonical
/// `google.protobuf.FileDescriptorSet` with one file.
///
/// Canonical means: the file is called `record.proto`; messages stand in the order of their first use, depth first from the root, which is
/// the first; fields ascend by number; enums stand in the order of their first use, zero first, then ascending; nothing optional to
/// protobuf (JSON names, source information) is written; option 51234 of a message or a field is its annotation. So there is one spelling, and its
/// SHA-256 names the schema.
package struct SchemaFile: Hashable, Sendable {
    /// The protobuf package, such as `uc.awards`.
    package let packageName: String
    package let root: MessageSchema
    /// The canonical descriptor set.
    package let canonicalBytes: [UInt8]
    /// SHA-256 of `canonicalBytes`: the schema's name in the catalogue, in agreements and in the ledger.
    package let digest: Digest

    /// Throws `SchemaFault` where two different types share a name, or the set would pass the limits.
    package init(packageName: String, root: MessageSchema, limits: SchemaLimits = .standard) throws(SchemaFault) {
        let labels = packageName.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count <= 8 else { throw .name(packageName) }
        for label in labels { try requireName(String(label)) }
        var types = SchemaTypes()
        try types.collect(root)
        let bytes = DescriptorEncoder(packageName: packageName).encode(types)
        guard bytes.count <= limits.maxDescriptorBytes else { throw .tooLarge("the descriptor set passes \(limits.maxDescriptorBytes) bytes") }
        self.packageName = packageName
        self.root = root
        canonicalBytes = bytes
        digest = Digest.sha256(bytes)
    }

    /// Reads a canonical descriptor set. Anything that `canonicalBytes` would not have written is refused.
    package init(canonicalBytes: [UInt8], limits: SchemaLimits = .standard) throws(SchemaFault) {
        guard canonicalBytes.count <= limits.maxDescriptorBytes else { throw .tooLarge("the descriptor set passes \(limits.maxDescriptorBytes) bytes") }
        var decoder = DescriptorDecoder(limits: limits)
        let (packageName, root) = try decoder.decode(canonicalBytes)
        try self.init(packageName: packageName, root: root, limits: limits)
        guard self.canonicalBytes == canonicalBytes else { throw .wire(.notCanonical) }
    }
}

/// The types of a file in canonical order, each once.
struct SchemaTypes {
    private(set) var messages: [MessageSchema] = []
    private(set) var enums: [EnumSchema] = []
    private var messageIndex: [String: Int] = [:]
    private var enumIndex: [String: Int] = [:]
    /// Names in the package's scope. Enum values live there too, as in protobuf.
    private var names: Set<String> = []

    mutating func collect(_ message: MessageSchema) throws(SchemaFault) {
        if let known = messageIndex[message.name] {
            guard messages[known] == message else { throw .conflict(message.name) }
            return
        }
        guard names.insert(message.name).inserted else { throw .conflict(message.name) }
        messageIndex[message.name] = messages.count
        messages.append(message)
        for field in message.fields { try collect(field.type) }
    }

    private mutating func collect(_ type: FieldType) throws(SchemaFault) {
        switch type {
        case .scalar: break
        case .message(let message): try collect(message)
        case .map(_, let value): try collect(value)
        case .enumeration(let enumeration):
            if let known = enumIndex[enumeration.name] {
                guard enums[known] == enumeration else { throw .conflict(enumeration.name) }
                return
            }
            guard names.insert(enumeration.name).inserted else { throw .conflict(enumeration.name) }
            for value in enumeration.values {
                guard names.insert(value.name).inserted else { throw .conflict(value.name) }
            }
            enumIndex[enumeration.name] = enums.count
            enums.append(enumeration)
        }
    }
}
