/// A terms document as people write it, free of any file format: what YAML and JSON are read into and printed from. Maps keep their order.
///
/// A key without a value (YAML's null) is left out by whoever reads the file, so that it is reported as missing. Dates are strings.
package enum DocumentNode: Hashable, Sendable {
    case string(String)
    case int(Int)
    case bool(Bool)
    case list([DocumentNode])
    case map([DocumentEntry])

    /// The value under a key of a map; nil for a missing key and for anything but a map. The first one where a key is repeated.
    package subscript(_ key: String) -> DocumentNode? {
        guard case .map(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// This map with one key replaced, or added at the end; with nil, removed. Anything but a map is returned unchanged.
    package func setting(_ key: String, to value: DocumentNode?) -> DocumentNode {
        guard case .map(var entries) = self else { return self }
        let place = entries.firstIndex { $0.key == key }
        switch (place, value) {
        case (let index?, let value?): entries[index] = DocumentEntry(key: key, value: value)
        case (let index?, nil): entries.remove(at: index)
        case (nil, let value?): entries.append(DocumentEntry(key: key, value: value))
        case (nil, nil): break
        }
        return .map(entries)
    }

    package var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    package var elements: [DocumentNode]? {
        guard case .list(let elements) = self else { return nil }
        return elements
    }
}

/// One line of a map.
package struct DocumentEntry: Hashable, Sendable {
    package let key: String
    package let value: DocumentNode

    package init(key: String, value: DocumentNode) {
        self.key = key
        self.value = value
    }
}

extension DocumentNode: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .int(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension DocumentNode: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    package init(arrayLiteral elements: DocumentNode...) { self = .list(elements) }
    package init(dictionaryLiteral elements: (String, DocumentNode)...) {
        self = .map(elements.map { DocumentEntry(key: $0.0, value: $0.1) })
    }
}
