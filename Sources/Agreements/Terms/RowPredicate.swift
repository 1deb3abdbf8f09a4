import Vocabulary

/// Which rows an agreement covers. Values are text: decimal digits for numbers, `true` or `false`, an enum's value by name. A row whose field is missing
/// or of another type is outside.
package indirect enum RowPredicate: Hashable, Sendable {
    case equals(FieldPath, String)
    /// The field's value is one of these, ascending and different.
    case isIn(FieldPath, [String])
    case and([RowPredicate])
    case or([RowPredicate])

    /// Every field that the predicate reads, in order of appearance, with repetitions.
    package var paths: [FieldPath] {
        switch self {
        case .equals(let path, _), .isIn(let path, _): [path]
        case .and(let parts), .or(let parts): parts.flatMap(\.paths)
        }
    }

    var nodeCount: Int {
        switch self {
        case .equals, .isIn: 1
        case .and(let parts), .or(let parts): parts.reduce(1) { $0 + $1.nodeCount }
        }
    }

    static let shape: TermsShape = TermsShape(
        isChoice: true,
        [
            TermsField(1, "equals", .message { RowPredicate.equalsShape }, .optional),
            TermsField(2, "in", .message { RowPredicate.inShape }, .optional),
            TermsField(3, "and", .message { RowPredicate.shape }, .list(TermsLimits.filterBranches)),
            TermsField(4, "or", .message { RowPredicate.shape }, .list(TermsLimits.filterBranches)),
        ])

    private static let equalsShape = TermsShape([
        TermsField(1, "field", .name(.fieldPath)),
        TermsField(2, "value", .literal),
    ])

    private static let inShape = TermsShape([
        TermsField(1, "field", .name(.fieldPath)),
        TermsField(2, "values", .literal, .list(TermsLimits.filterValues)),
    ])

    init(_ reader: TermsReader) throws(TermsFault) {
        if let equals = try reader.optionalPart("equals", RowPredicate.equality) {
            self = equals
        } else if let membership = try reader.optionalPart("in", RowPredicate.membership) {
            self = membership
        } else {
            let all = try reader.parts("and", RowPredicate.init)
            self = all.isEmpty ? .or(try reader.parts("or", RowPredicate.init)) : .and(all)
        }
    }

    private static func equality(_ reader: TermsReader) throws(TermsFault) -> RowPredicate {
        .equals(try reader.required("field") { FieldPath($0) }, try reader.text("value"))
    }

    private static func membership(_ reader: TermsReader) throws(TermsFault) -> RowPredicate {
        .isIn(try reader.required("field") { FieldPath($0) }, reader.texts("values"))
    }
}
