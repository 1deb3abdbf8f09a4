import Cryptography
import ProtobufWire

/// Canonical protobuf bytes of documents that a shape describes.
enum TermsEncoding {
    /// Encodes a canonical document. What does not fit the shape is a bug, because only checked documents come here.
    static func bytes(_ node: DocumentNode, _ shape: TermsShape) -> [UInt8] {
        var writer = WireWriter()
        for field in shape.fields {
            guard let value = node[field.key] else { continue }
            guard case .list = field.presence else {
                write(value, field, isElement: false, to: &writer)
                continue
            }
            writeList(value.elements ?? [], field, to: &writer)
        }
        return writer.bytes
    }

    /// Decodes bytes that must be canonical: they are read strictly, checked against the shape, encoded again and compared.
    static func document(_ bytes: [UInt8], _ shape: TermsShape, limit: Int) throws(TermsFault) -> DocumentNode {
        guard bytes.count <= limit else { throw .tooLarge(bytes: bytes.count, limit: limit) }
        let read: DocumentNode
        do throws(WireFault) {
            read = try node(bytes[...], shape, depth: 0)
        } catch {
            throw .wire(error)
        }
        let canonical = try TermsCheck.canonical(read, shape)
        guard self.bytes(canonical, shape) == bytes else { throw .wire(.notCanonical) }
        return canonical
    }

    private static func writeList(_ elements: [DocumentNode], _ field: TermsField, to writer: inout WireWriter) {
        guard case .code(let entries) = field.kind else {
            for element in elements { write(element, field, isElement: true, to: &writer) }
            return
        }
        writer.packed(field.number, elements.map { number(of: $0, entries) })
    }

    private static func write(_ node: DocumentNode, _ field: TermsField, isElement: Bool, to writer: inout WireWriter) {
        switch (field.kind, node) {
        case (.text, .string(let text)), (.label, .string(let text)), (.date, .string(let text)), (.name, .string(let text)),
            (.literal, .string(let text)):
            writer.element(field.number, text)
        case (.code(let entries), .string):
            writer.varint(field.number, number(of: node, entries))
        case (.number, .int(let value)):
            writer.varint(field.number, UInt64(value))
        case (.flag, .bool(let value)):
            writer.bool(field.number, value)
        case (.digest, .string(let hex)):
            writer.bytes(field.number, Hex.decode(hex) ?? [])
        case (.parameters, .map(let entries)):
            for entry in entries {
                writer.message(field.number) { inner in
                    inner.string(1, entry.key)
                    inner.string(2, entry.value.string ?? "")
                }
            }
        case (.message(let shape), .map):
            writer.element(field.number, bytes(node, shape()))
        default:
            preconditionFailure("a checked document fits its shape")
        }
    }

    private static func number(of node: DocumentNode, _ entries: [TermsCodeEntry]) -> UInt64 {
        entries.first { $0.slug == node.string }?.number ?? 0
    }

    private static func node(_ bytes: ArraySlice<UInt8>, _ shape: TermsShape, depth: Int) throws(WireFault) -> DocumentNode {
        guard depth <= 2 * TermsLimits.filterDepth + 4 else { throw .tooDeep }
        var reader = CanonicalReader(bytes)
        var entries: [DocumentEntry] = []
        while let wire = try reader.next() {
            guard let field = shape.fields.first(where: { $0.number == wire.number }) else { throw .unknownField(wire.number) }
            let last = entries.last?.key == field.key ? entries.last?.value : nil
            let value = try read(wire, field, after: last, depth: depth)
            if last != nil { entries.removeLast() }
            entries.append(DocumentEntry(key: field.key, value: value))
        }
        return .map(entries)
    }

    /// One field of the wire; `previous` holds the elements or parameters read so far under the same number.
    private static func read(
        _ wire: CanonicalField, _ field: TermsField, after previous: DocumentNode?, depth: Int
    ) throws(WireFault) -> DocumentNode {
        if case .parameters = field.kind {
            guard case .map(let entries) = previous ?? .map([]) else { throw .unexpectedType(field: wire.number) }
            return .map(entries + [try parameter(try wire.messageElement())])
        }
        guard case .list = field.presence else { return try single(wire, field.kind, depth: depth) }
        if case .code(let entries) = field.kind {
            var words: [DocumentNode] = []
            for number in try wire.packed() { words.append(try word(number, entries, wire.number)) }
            return .list(words)
        }
        let element: DocumentNode
        switch field.kind {
        case .message(let shape): element = try node(try wire.messageElement(), shape(), depth: depth + 1)
        default: element = .string(try wire.stringElement())
        }
        return .list((previous?.elements ?? []) + [element])
    }

    private static func single(_ wire: CanonicalField, _ kind: TermsKind, depth: Int) throws(WireFault) -> DocumentNode {
        switch kind {
        case .text, .label, .date, .name, .literal:
            return .string(try wire.string())
        case .code(let entries):
            return try word(try wire.varint(), entries, wire.number)
        case .number:
            guard let value = Int(exactly: try wire.varint()) else { throw .outOfRange(field: wire.number) }
            return .int(value)
        case .flag:
            return .bool(try wire.bool())
        case .digest:
            return .string(Hex.encode(try wire.bytes()))
        case .message(let shape):
            return try node(try wire.message(), shape(), depth: depth + 1)
        case .parameters:
            throw .unexpectedType(field: wire.number)
        }
    }

    private static func word(_ number: UInt64, _ entries: [TermsCodeEntry], _ field: Int) throws(WireFault) -> DocumentNode {
        guard let entry = entries.first(where: { $0.number == number }) else { throw .outOfRange(field: field) }
        return .string(entry.slug)
    }

    private static func parameter(_ bytes: ArraySlice<UInt8>) throws(WireFault) -> DocumentEntry {
        var reader = CanonicalReader(bytes)
        var name = ""
        var value = ""
        while let field = try reader.next() {
            switch field.number {
            case 1: name = try field.string()
            case 2: value = try field.string()
            default: throw .unknownField(field.number)
            }
        }
        return DocumentEntry(key: name, value: .string(value))
    }
}
