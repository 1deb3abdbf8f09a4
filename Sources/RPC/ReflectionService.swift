import SwiftProtobuf

/// Server reflection, `grpc.reflection.v1` and `v1alpha`: tells tools the services and types that this server has.
package struct ReflectionService: Sendable {
    package enum Fault: Error, Equatable { case badDescriptorSet }

    private struct File: Sendable {
        let bytes: [UInt8]
        let dependencies: [String]
    }

    private var files: [String: File] = [:]
    private var fileOfSymbol: [String: String] = [:]
    private var services: [String] = []
    /// Extended type -> extension number -> file.
    private var extensions: [String: [Int32: String]] = [:]

    /// `descriptorSet` is a serialised FileDescriptorSet with all imports, as `protoc --include_imports --descriptor_set_out` writes it.
    package init(descriptorSet: [UInt8]) throws(Fault) {
        guard let fields = ProtobufReader.fields(descriptorSet) else { throw .badDescriptorSet }
        for field in fields where field.field == 1 {
            guard let bytes = field.value.block else { throw .badDescriptorSet }
            do {
                add(try Google_Protobuf_FileDescriptorProto(serializedBytes: bytes), bytes)
            } catch {
                throw .badDescriptorSet
            }
        }
        services.sort()
    }

    /// ServerReflectionInfo in both versions, whose messages are the same.
    package var methods: [RPCMethod] {
        ["v1", "v1alpha"].map { version in
            .bidirectionalBytes("/grpc.reflection.\(version).ServerReflection/ServerReflectionInfo") { [self] reader, _, writer in
                while let request = try await reader.next() { try await writer.write(try answer(request)) }
            }
        }
    }

    // MARK: Index

    private mutating func add(_ file: Google_Protobuf_FileDescriptorProto, _ bytes: [UInt8]) {
        files[file.name] = File(bytes: bytes, dependencies: file.dependency)
        let scope = file.package.isEmpty ? "" : file.package + "."
        for message in file.messageType { add(message, scope, file.name) }
        for type in file.enumType { fileOfSymbol[scope + type.name] = file.name }
        for field in file.extension { add(field, scope, file.name) }
        for service in file.service {
            fileOfSymbol[scope + service.name] = file.name
            services.append(scope + service.name)
            for method in service.method { fileOfSymbol["\(scope)\(service.name).\(method.name)"] = file.name }
        }
    }

    private mutating func add(_ message: Google_Protobuf_DescriptorProto, _ scope: String, _ file: String) {
        let name = scope + message.name
        fileOfSymbol[name] = file
        for field in message.field { fileOfSymbol["\(name).\(field.name)"] = file }
        for nested in message.nestedType { add(nested, name + ".", file) }
        for type in message.enumType { fileOfSymbol["\(name).\(type.name)"] = file }
        for field in message.extension { add(field, name + ".", file) }
    }

    private mutating func add(_ field: Google_Protobuf_FieldDescriptorProto, _ scope: String, _ file: String) {
        fileOfSymbol[scope + field.name] = file
        extensions[String(field.extendee.drop { $0 == "." }), default: [:]][field.number] = file
    }

    // MARK: Answers

    func answer(_ request: [UInt8]) throws(RPCStatus) -> [UInt8] {
        guard request.count <= RPCLimits.maxToolRequestBytes, let fields = ProtobufReader.fields(request) else {
            throw RPCStatus(.invalidArgument, "the request is not a ServerReflectionRequest")
        }
        var writer = ProtobufWriter()
        writer.string(1, fields.last { $0.field == 1 }?.value.text ?? "")
        writer.block(2, request)
        let (field, body) = result(fields.last { (3...7).contains($0.field) })
        writer.block(field, body)
        return writer.bytes
    }

    private func result(_ question: (field: Int, value: ProtobufReader.Value)?) -> (field: Int, body: [UInt8]) {
        guard let question else { return failure(.invalidArgument, "the request asks for nothing") }
        let text = question.value.text ?? ""
        switch question.field {
        case 3: return closure(files[text] == nil ? nil : text)
        case 4: return closure(fileOfSymbol[text])
        case 5:
            guard let asked = question.value.block.flatMap(ProtobufReader.fields) else { return failure(.invalidArgument, "bad ExtensionRequest") }
            let type = asked.last { $0.field == 1 }?.value.text ?? ""
            let number = asked.last { $0.field == 2 }?.value.number ?? 0
            return closure(extensions[type]?[Int32(truncatingIfNeeded: number)])
        case 6:
            guard fileOfSymbol[text] != nil else { return failure(.notFound, "no such type") }
            var body = ProtobufWriter()
            body.string(1, text)
            for number in (extensions[text] ?? [:]).keys.sorted() { body.varint(2, UInt64(number)) }
            return (5, body.bytes)
        default:
            var body = ProtobufWriter()
            for service in services {
                var entry = ProtobufWriter()
                entry.string(1, service)
                body.block(1, entry.bytes)
            }
            return (6, body.bytes)
        }
    }

    /// The file and everything it imports, each once.
    private func closure(_ name: String?) -> (field: Int, body: [UInt8]) {
        guard let name else { return failure(.notFound, "no such symbol or file") }
        var body = ProtobufWriter()
        var seen: Set<String> = [name]
        var waiting = [name]
        while let next = waiting.popLast() {
            guard let file = files[next] else { continue }
            body.block(1, file.bytes)
            for dependency in file.dependencies where seen.insert(dependency).inserted { waiting.append(dependency) }
        }
        return (4, body.bytes)
    }

    private func failure(_ code: RPCCode, _ message: String) -> (field: Int, body: [UInt8]) {
        var body = ProtobufWriter()
        body.varint(1, UInt64(code.rawValue))
        body.string(2, message)
        return (7, body.bytes)
    }
}
