import Vocabulary

/// How one field is released, and why the purpose needs it.
package struct FieldRule: Hashable, Sendable {
    package let path: FieldPath
    package let transform: TransformName
    /// Ascending by name. What each means is the redaction catalogue's matter.
    package let parameters: [TransformParameter]
    package let necessity: String

    static let shape = TermsShape(
        key: "path",
        [
            TermsField(1, "path", .name(.fieldPath)),
            TermsField(2, "transform", .name(.transform)),
            TermsField(3, "parameters", .parameters, .optional),
            TermsField(4, "necessity", .text(max: 1_000)),
        ])

    init(_ reader: TermsReader) throws(TermsFault) {
        path = try reader.required("path") { FieldPath($0) }
        transform = try reader.required("transform") { TransformName($0) }
        parameters = reader.parameters("parameters")
        necessity = try reader.text("necessity")
    }
}

/// One setting of a transform, as text.
package struct TransformParameter: Hashable, Sendable {
    package let name: String
    package let value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}
